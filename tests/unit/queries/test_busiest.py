from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from queries import busiest
from queries.busiest import Busy, foremost
from queries.periods import Span
from queries.selection import Selection
from queries.sizes import Sizes

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


class Totals:
    """Stands in for ClickHouse: conversations with 9 to 2 assignments, and how many of a user's."""

    by_user = ((9, 2), (8, 1), (7, 2), (6, 4), (5, 3), (4, 0), (3, 3), (2, 2))

    def __init__(self) -> None:
        self.floors: list[int] = []

    def rows(self, query: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        if "_part AS part" in query:
            one = {"part": "all_1_1_0", "conversations": 1, "first": START, "last": START}
            return [
                {**one, "assignments": size, "to_nobody": 0, "by_user": number}
                for size, number in self.by_user
            ]
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
    monkeypatch.setattr(Sizes, "floor", lambda sizes, enough: 9)
    monkeypatch.setattr(busiest, "_QUICK", 0)
    monkeypatch.setattr(Sizes, "looked_at", lambda sizes, floor: 0)
    store = Totals()
    period = Span(START, START + timedelta(days=60))
    selection = Selection("1", period, ZoneInfo("UTC"), {"source": ("user",)})
    found = next(busiest.busiest(store, selection, limit))
    assert [one.assignments for one in found] == expected
    assert store.floors == floors
