from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from queries.filters import Filters
from queries.periods import Span
from queries.selection import Selection, before, from_millis, millis, narrow, select, whole_days
from queries.sql import statement

UTC_ZONE = ZoneInfo("UTC")
NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)


def chosen(**given: object) -> Selection:
    return select(Filters(**given), "1", UTC_ZONE, NOW)


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        ({}, True),
        (
            {"source": ["user"], "assigned_to": ["7"], "assigned_by": ["-"], "actor": ["bot:1"]},
            True,
        ),
        ({"kind": ["unassignment"]}, True),
        ({"contact": ["7"]}, False),
        ({"conversation": ["7"]}, False),
        ({"previous": ["7"]}, False),
        ({"team": ["7"]}, False),
        ({"from": "2026-03-01T00:15:00Z", "to": "2026-03-01T00:30:00Z"}, True),
        ({"from": "2026-03-01T00:15:00Z", "to": "2026-03-01T00:30:00.001Z"}, False),
    ],
)
def test_the_counts_answer_what_they_know(given: dict[str, object], fits: bool) -> None:
    assert chosen(**given).in_counts is fits


def test_nobody_reaches_sql_as_an_empty_id() -> None:
    parameters = chosen(assigned_to=["-", "--", "7"]).parameters()
    assert parameters["assigned_to"] == ["", "-", "7"]
    assert parameters["contact"] == []


def test_millis_round_down_and_back() -> None:
    assert millis(datetime(1970, 1, 1, 0, 0, 0, 1999, tzinfo=UTC)) == 1
    assert from_millis(millis(NOW)) == NOW


def test_instants_are_compared_with_the_same_length_before() -> None:
    asked = Filters(**{"from": "2026-03-01T10:00:00Z", "to": "2026-03-01T13:00:00Z"})
    selection = select(asked, "1", UTC_ZONE, NOW)
    earlier = before(asked, selection, NOW).span
    assert earlier == Span(selection.span.start - timedelta(hours=3), selection.span.start)


def test_narrowing_keeps_what_both_select() -> None:
    base = chosen(source=["user", "bot"], assigned_to=["7"])
    both = narrow(base, chosen(source=["bot"], previous=["8"]).during(base.span))
    assert both.span == base.span
    assert both.lists == {"source": ("bot",), "assigned_to": ("7",), "previous": ("8",)}


def test_narrowing_to_what_was_filtered_out_selects_nothing() -> None:
    base = chosen(source=["user"])
    none = narrow(base, chosen(source=["bot"]).during(base.span))
    assert none.span.start == none.span.end


def test_a_period_that_ends_before_it_begins_selects_nothing() -> None:
    span = chosen(**{"from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"}).span
    assert span.start == span.end


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-01-01T00:00", "2026-04-01T00:00"), ("2026-01-01T00:01", "2026-03-31T23:59"),
        ("2026-01-15T05:45", "2026-03-15T05:45"), ("2026-01-05T00:00", "2026-01-09T00:00"),
        ("2026-01-05T01:00", "2026-01-05T23:00"), ("2026-01-05T01:00", "2026-01-06T23:00"),
        ("2026-01-31T12:00", "2026-02-01T12:00"), ("2025-12-31T00:00", "2026-02-01T00:00"),
        ("2026-02-01T00:00", "2026-02-01T00:00"), ("2026-01-20T00:00", "2026-02-20T00:00"),
    ],
)  # fmt: skip
def test_whole_days_and_months_are_those_within(start: str, end: str) -> None:
    """Found by looking at every day, one after the other."""
    span = Span(*(datetime.fromisoformat(at).replace(tzinfo=UTC) for at in (start, end)))
    parts = whole_days(span)
    first, after = (span.start - timedelta(days=70)).date(), (span.end + timedelta(days=70)).date()
    every = [first + timedelta(days=n) for n in range((after - first).days)]
    midnight = {day: datetime(day.year, day.month, day.day, tzinfo=UTC) for day in every}
    inside = {
        day
        for day in every
        if span.start <= midnight[day] and midnight[day] + timedelta(days=1) <= span.end
    }
    within = {
        name: {day for day in every if parts[begin] <= day < parts[until]}
        for name, begin, until in (
            ("days", "first_day", "after_days"), ("months", "first_month", "after_months"),
            ("left", "left_start", "left_end"), ("right", "right_start", "right_end"),
        )
    }  # fmt: skip
    assert within["days"] == inside
    counted = Counter(within["months"])
    for stretch in (within["left"], within["right"]):
        counted.update({day: 1 if day in inside else -1 for day in stretch})
    assert {day: n for day, n in counted.items() if n} == dict.fromkeys(inside, 1)
    if within["months"]:
        assert (parts["first_month"].day, parts["after_months"].day) == (1, 1)
    assert max(len(within["left"]), len(within["right"])) <= 17


def test_a_filter_that_is_not_set_is_no_part_of_the_query() -> None:
    every, some = (
        statement("log", "history"),
        statement("log", "history", given=frozenset({"team"})),
    )
    assert "{source:Array(String)}" in every
    assert "{team:Array(String)}" in some
    assert "OR team" not in statement("log", given=frozenset())
    assert "Array(String)" not in statement("log", given=frozenset())
    assert "{source:Array(String)}" not in some
