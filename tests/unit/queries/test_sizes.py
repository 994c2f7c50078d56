from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from queries.periods import Span
from queries.sizes import Sizes, sizes_of

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = timedelta(days=10)


def row(part: str, size: int, number: int, selected: int = 0) -> dict[str, Any]:
    """Of ten days, as ClickHouse says it: without a time zone."""
    first, last = (at.replace(tzinfo=None) for at in (START, START + DAYS - timedelta(minutes=15)))
    told = {"conversations": number, "selected": selected, "first": first, "last": last}
    return {"part": part, "size": size, **told}


def sizes(largest: dict[int, int], rest: dict[int, int] | None = None) -> Sizes:
    """Every assignment is selected."""
    every = Counter(largest) + Counter(rest or {})
    chosen = Counter({size: size * number for size, number in every.items()})
    return Sizes("all_1_9_2", Counter(largest), Counter(rest or {}), chosen, 1.0)


@pytest.mark.parametrize(("enough", "floor"), [(1, 9), (2, 5), (12, 5), (13, 3), (999, 2)])
def test_the_floor_is_the_highest_that_enough_reach(enough: int, floor: int) -> None:
    found = sizes({1: 500, 2: 100, 3: 50, 5: 11, 9: 1})
    assert found.floor(enough) == floor


@pytest.mark.parametrize(
    ("enough", "floor"),
    # Heads of ten coins, thrown 1024 times: 8 or more are expected 56 times, 9 or more 11 times.
    [(57, 7), (56, 8), (12, 8), (11, 9), (1, 10)],
)
def test_what_a_filter_selects_is_taken_to_be_spread_by_chance(enough: int, floor: int) -> None:
    rows = [row("all_1_9_2", 10, 1024, selected=5120)]
    assert sizes_of(rows, Span(START, START + DAYS)).floor(enough) == floor


def test_sizes_that_corrections_left_odd_are_no_error() -> None:
    rows = [row("a", -1, 2, selected=-3), row("a", 0, 5, selected=1), row("a", 3, 4, selected=99)]
    assert sizes_of(rows, Span(START, START + DAYS)).floor(4) == 3


def test_a_part_of_the_time_has_a_part_of_the_conversations() -> None:
    rows = [row("all_1_1_0", 4, 100, selected=400)]
    half = sizes_of(rows, Span(START + DAYS / 2, START + 99 * DAYS))
    assert sizes_of(rows, Span(START, START + DAYS)).selected == pytest.approx(400)
    assert half.selected == pytest.approx(200)
    assert half.floor(50) == 4
    assert half.floor(51) == 2
    assert sizes_of([], Span(START, START + DAYS)).selected == 0


def test_the_rest_is_what_is_not_in_the_largest_part() -> None:
    rows = [row("a", 1, 5), row("b", 1, 7), row("b", 2, 1), row("c", 2, 3)]
    found = sizes_of(rows, Span(START, START + DAYS))
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


def test_what_was_asked_of_one_part_does_not_do_for_several() -> None:
    one, grown, more = sizes({3: 9}), sizes({3: 8}), sizes({3: 9}, {1: 1})
    assert one.is_like(grown)
    assert not one.is_like(more)
    assert not more.is_like(one)
