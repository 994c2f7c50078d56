from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from queries.errors import InvalidFilter
from queries.filters import FIRST_DAY, LAST_DAY
from queries.periods import (
    LONGEST,
    Days,
    Period,
    Span,
    Step,
    edges,
    natural_step,
    preset,
    previous,
)

KATHMANDU = ZoneInfo("Asia/Kathmandu")
# 18:20 UTC is 00:05 of the next day there.
NOW = datetime(2026, 2, 28, 18, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        (Period.TODAY, date(2026, 3, 1), date(2026, 3, 1)),
        (Period.YESTERDAY, date(2026, 2, 28), date(2026, 2, 28)),
        (Period.LAST_7_DAYS, date(2026, 2, 23), date(2026, 3, 1)),
        (Period.LAST_14_DAYS, date(2026, 2, 16), date(2026, 3, 1)),
        (Period.LAST_30_DAYS, date(2026, 1, 31), date(2026, 3, 1)),
        (Period.THIS_MONTH, date(2026, 3, 1), date(2026, 3, 31)),
        (Period.LAST_MONTH, date(2026, 2, 1), date(2026, 2, 28)),
    ],
)
def test_presets_are_of_the_zones_calendar(period: Period, first: date, last: date) -> None:
    assert preset(period, NOW, KATHMANDU) == Days(first, last)


def test_a_day_of_a_quarter_hour_zone_begins_at_quarter_past() -> None:
    assert Days(date(2026, 3, 1), date(2026, 3, 1)).span(KATHMANDU) == Span(
        datetime(2026, 2, 28, 18, 15, tzinfo=UTC), datetime(2026, 3, 1, 18, 15, tzinfo=UTC)
    )


def test_months_are_compared_with_the_month_before_and_days_with_as_many_days() -> None:
    march = Days(date(2026, 3, 1), date(2026, 3, 31))
    february = Days(date(2026, 2, 1), date(2026, 2, 28))
    assert previous(Period.THIS_MONTH, march) == february
    assert previous(None, march) == Days(date(2026, 1, 29), date(2026, 2, 28))


def test_the_step_suits_the_length() -> None:
    def of(days: int) -> Step:
        return natural_step(
            Days(date(2026, 1, 1), date(2026, 1, 1) + timedelta(days - 1)).span(KATHMANDU)
        )

    assert [of(1), of(2), of(3), of(92), of(94), of(365), of(3_660), of(3_662)] == [
        Step.HOUR, Step.HOUR, Step.DAY, Step.DAY, Step.WEEK, Step.WEEK, Step.WEEK, Step.MONTH,
    ]  # fmt: skip


@pytest.mark.parametrize(("step", "days"), LONGEST.items())
def test_too_many_buckets_are_refused(step: Step, days: int) -> None:
    """As many days as are allowed may have an hour more: the last of these is one of October."""
    paris, end = ZoneInfo("Europe/Paris"), date(2026, 10, 31)
    longest = Days(end - timedelta(days - 1), end).span(paris)
    assert len(edges(longest, step, paris)) <= 3_660
    with pytest.raises(InvalidFilter, match=f"by {step} covers at most {days:,} days"):
        edges(Days(end - timedelta(days), end).span(paris), step, paris)


def test_all_days_that_there_are_have_a_course_and_so_has_the_period_before() -> None:
    every = Days(FIRST_DAY, LAST_DAY)
    for days in (every, every.before()):
        span = days.span(KATHMANDU)
        months = edges(span, natural_step(span), KATHMANDU)
        assert len(months) == 136 * 12
        assert all(month.astimezone(KATHMANDU).day == 1 for month in months[1:])


def test_spans_overlap_in_what_both_cover() -> None:
    day = [datetime(2026, 1, n, tzinfo=UTC) for n in range(1, 6)]
    assert Span(day[0], day[3]).overlap(Span(day[2], day[4])) == Span(day[2], day[3])
    apart = Span(day[0], day[1]).overlap(Span(day[2], day[4]))
    assert apart.start == apart.end
