"""What spans of time are made of, against every quarter of an hour looked at."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from queries.parts import in_quarters, numbered, whole_days
from queries.periods import Span

QUARTER = timedelta(minutes=15)
SPANS = [
    ("2026-01-01T00:00", "2026-04-01T00:00"), ("2026-01-01T00:15", "2026-03-31T23:45"),
    ("2026-01-15T05:45", "2026-03-15T05:45"), ("2026-01-05T00:00", "2026-01-09T00:00"),
    ("2026-01-05T01:00", "2026-01-05T23:00"), ("2026-01-05T01:00", "2026-01-06T23:00"),
    ("2026-01-31T12:00", "2026-02-01T12:00"), ("2025-12-31T00:00", "2026-02-01T00:00"),
    ("2026-02-01T00:00", "2026-02-01T00:00"), ("2026-01-20T00:00", "2026-02-20T00:00"),
    ("2026-01-01T00:00", "2026-01-01T18:15"), ("2026-01-01T05:45", "2026-01-02T00:00"),
    ("2026-01-01T23:45", "2026-01-03T00:15"), ("2026-01-01T05:45", "2026-01-01T05:45"),
]  # fmt: skip


def span_of(start: str, end: str) -> Span:
    return Span(*(datetime.fromisoformat(at).replace(tzinfo=UTC) for at in (start, end)))


@pytest.mark.parametrize(("start", "end"), SPANS)
def test_whole_days_are_those_within(start: str, end: str) -> None:
    """Found by looking at every day, one after the other."""
    span, parts = span_of(start, end), whole_days(span_of(start, end))
    inside = {
        at.date()
        for at in (datetime(2025, 12, 1, tzinfo=UTC) + timedelta(days=n) for n in range(200))
        if span.start <= at and at + timedelta(days=1) <= span.end
    }
    length = (parts["after_days"] - parts["first_day"]).days
    assert {parts["first_day"] + timedelta(days=n) for n in range(length)} == inside
    if parts["first_month"] < parts["after_months"]:
        assert (parts["first_month"].day, parts["after_months"].day) == (1, 1)
    for side in ("left", "right"):
        assert (parts[f"{side}_end"] - parts[f"{side}_start"]).days <= 17


STARTS = [datetime(2025, 12, 1, tzinfo=UTC) + n * QUARTER for n in range(96 * 200)]
LABELS = {at: f"{at:%Y%m%d}{4 * at.hour + at.minute // 15:02}" for at in STARTS}


@pytest.mark.parametrize(("start", "end"), SPANS)
def test_periods_make_up_the_span(start: str, end: str) -> None:
    """Each quarter of an hour once, once those are taken off that are not in it."""
    span = span_of(start, end)
    parts = numbered(span)
    counted: Counter[datetime] = Counter()
    for number in parts["periods"]:
        sign = -1 if number in parts["taken_off"] else 1
        counted.update({at: sign for at, label in LABELS.items() if label.startswith(str(number))})
    length = (span.end - span.start) // QUARTER
    wanted = dict.fromkeys((span.start + n * QUARTER for n in range(length)), 1)
    assert {at: n for at, n in counted.items() if n} == wanted
    assert set(parts["taken_off"]) <= set(parts["periods"])
    assert len(set(parts["periods"])) == len(parts["periods"])


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-01-01T05:45:01", "2026-01-03T18:15"),
        ("2026-01-01T05:45", "2026-01-03T18:14:59.999"),
    ],
)
def test_what_cuts_a_quarter_has_its_whole_days_alone(start: str, end: str) -> None:
    span = span_of(start, end)
    assert not in_quarters(span)
    assert numbered(span) == {"periods": [20260102], "taken_off": []}
