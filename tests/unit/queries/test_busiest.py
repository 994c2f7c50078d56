from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from queries import busiest
from queries.busiest import Busy, Sizes, foremost, sizes_of
from queries.periods import Span
from queries.selection import Selection

START = datetime(2026, 1, 1, tzinfo=UTC)


def row(number: int, assignments: int, *, within: bool) -> dict[str, int]:
    return {"conversation_hash": number, "number": assignments, "within": int(within)}


def test_nothing_after_the_last_that_is_needed_is_kept() -> None:
    rows = [
        row(1, 9, within=False),
        row(2, 8, within=True),
        row(3, 8, within=False),
        row(4, 7, within=True),
        row(5, 7, within=True),
    ]
    assert foremost(rows, 2) == [
        Busy(1, 9, exact=False),
        Busy(2, 8, exact=True),
        Busy(3, 8, exact=False),
        Busy(4, 7, exact=True),
    ]
    assert len(foremost(rows, 9)) == 5


def sizes(largest: dict[int, int], rest: dict[int, int] | None = None) -> Sizes:
    return Sizes("all_1_9_2", Counter(largest), Counter(rest or {}), 1.0, 0.0)


@pytest.mark.parametrize(("enough", "floor"), [(1, 9), (2, 5), (3, 5), (12, 5), (13, 3), (999, 2)])
def test_the_floor_is_the_highest_that_enough_reach(enough: int, floor: int) -> None:
    found = sizes({1: 500, 2: 100, 3: 50, 5: 11, 9: 1})
    assert found.floor(enough) == floor


def test_a_part_of_the_time_has_a_part_of_the_conversations() -> None:
    whole = Span(START, START + timedelta(days=10))
    rows = [
        {
            "part": "all_1_1_0",
            "assignments": 4,
            "conversations": 100,
            "selected": 300,
            "first": START.replace(tzinfo=None),
            "last": (START + timedelta(days=10, minutes=-15)).replace(tzinfo=None),
        }
    ]
    half = sizes_of(rows, Span(START + timedelta(days=5), START + timedelta(days=99)))
    assert sizes_of(rows, whole).selected == pytest.approx(300)
    assert half.selected == pytest.approx(150)
    assert half.floor(50) == 4
    assert half.floor(51) == 2
    assert sizes_of([], whole).selected == 0


def test_the_rest_is_what_is_not_in_the_largest_part() -> None:
    rows = [
        {
            **{"part": part, "assignments": size, "conversations": number, "selected": 0},
            **{"first": START, "last": START},
        }
        for part, size, number in [("a", 1, 5), ("b", 1, 7), ("b", 2, 1), ("c", 2, 3)]
    ]
    found = sizes_of(rows, Span(START, START + timedelta(days=1)))
    assert found.largest == "b"
    assert found.of_largest == Counter({1: 7, 2: 1})
    assert found.rest == Counter({1: 5, 2: 3})


@pytest.mark.parametrize(
    ("rest", "beside"),
    [
        ({}, 0),
        # One that is looked up costs less than thousands that are read.
        ({1: 1}, 0),
        # Many with one assignment: rather all that lack one are read.
        ({1: 50_000}, 1),
        ({1: 50_000, 2: 20_000, 3: 1}, 2),
    ],
)
def test_how_much_the_rest_may_add_is_weighed(rest: dict[int, int], beside: int) -> None:
    found = sizes({2: 5_000_000, 3: 500_000, 4: 60_000, 5: 10_000, 6: 1_000}, rest)
    assert found.beside(6) == beside
    assert found.looked_at(6) >= found.at_least(6 - beside)


class Totals:
    """Stands in for ClickHouse: conversations with 9 to 2 assignments, and how many of a user's."""

    by_user = ((9, 2), (8, 1), (7, 2), (6, 4), (5, 3), (4, 0), (3, 3), (2, 2))

    def __init__(self) -> None:
        self.floors: list[int] = []

    def rows(self, query: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        if "_part AS part" in query:
            ends = {"first": START, "last": START}
            sizes = [
                {"assignments": size, "conversations": 1, "selected": number}
                for size, number in self.by_user
            ]
            return [{"part": "all_1_1_0", **size, **ends} for size in sizes]
        floor, least = parameters["floor"], parameters["least"]
        self.floors.append(floor)
        found = [
            row(size, number, within=True)
            for size, number in self.by_user
            if size >= floor and number >= least
        ]
        return sorted(found, key=lambda one: -one["number"])

    def raw(self, query: str, parameters: Mapping[str, Any], fmt: str) -> bytes:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("limit", "floors", "expected"),
    [
        # The user has 2 of the 9 of the first; of the 8, 7, 6 of others there may be more.
        (1, [9, 2], [4]),
        (2, [9, 2], [4, 3]),
        (8, [9, 2], [4, 3, 3, 2, 2, 2]),
    ],
)
def test_the_floor_is_lowered_until_none_below_it_can_come_in(
    limit: int, floors: list[int], expected: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(busiest, "_FEW", 1)
    monkeypatch.setattr(busiest, "_QUICK", 0)
    store = Totals()
    period = Span(START, START + timedelta(days=60))
    selection = Selection("1", period, ZoneInfo("UTC"), {"source": ("user",)})
    found = next(busiest.busiest(store, selection, limit))
    assert [one.assignments for one in found] == expected
    assert store.floors == floors
