from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from queries.errors import InvalidFilter
from queries.periods import (
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

    assert [of(1), of(2), of(3), of(92), of(94), of(365)] == [
        Step.HOUR, Step.HOUR, Step.DAY, Step.DAY, Step.WEEK, Step.WEEK,
    ]  # fmt: skip


def test_a_year_by_hour_is_refused() -> None:
    year = Days(date(2026, 1, 1), date(2026, 12, 31)).span(KATHMANDU)
    with pytest.raises(InvalidFilter):
        edges(year, Step.HOUR, KATHMANDU)


def test_spans_overlap_in_what_both_cover() -> None:
    day = [datetime(2026, 1, n, tzinfo=UTC) for n in range(1, 6)]
    assert Span(day[0], day[3]).overlap(Span(day[2], day[4])) == Span(day[2], day[3])
    apart = Span(day[0], day[1]).overlap(Span(day[2], day[4]))
    assert apart.start == apart.end
