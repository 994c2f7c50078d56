"""Periods of the report: presets and date ranges to spans of time. Pure; the clock is passed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from queries.errors import InvalidFilter
from queries.zones import day_start, days, hours

LONGEST_HOURLY = timedelta(days=31)


class Period(StrEnum):
    """The presets; each "last" one ends with today."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    LAST_7_DAYS = "7d"
    LAST_14_DAYS = "14d"
    LAST_30_DAYS = "30d"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"


class Step(StrEnum):
    """How wide the buckets of a trend are."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True)
class Span:
    """The instants from `start` up to, not including, `end`; both aware."""

    start: datetime
    end: datetime

    def overlap(self, other: Span) -> Span:
        """What both cover; empty (end = start) where they do not meet."""
        start = max(self.start, other.start)
        return Span(start, max(start, min(self.end, other.end)))


@dataclass(frozen=True)
class Days:
    """Whole local days, both ends included."""

    first: date
    last: date

    def span(self, tz: ZoneInfo) -> Span:
        """From the first instant of the first day to that of the day after the last."""
        return Span(day_start(self.first, tz), day_start(self.last + timedelta(days=1), tz))

    def before(self) -> Days:
        """As many days, right before these."""
        length = (self.last - self.first).days + 1
        return Days(self.first - timedelta(days=length), self.last - timedelta(days=length))


def preset(period: Period, now: datetime, tz: ZoneInfo) -> Days:
    """The days of a preset, as the calendar stands at `now` in the zone."""
    today = now.astimezone(tz).date()
    first = today.replace(day=1)
    match period:
        case Period.TODAY:
            return Days(today, today)
        case Period.YESTERDAY:
            return Days(today - timedelta(days=1), today - timedelta(days=1))
        case Period.THIS_MONTH:
            return Days(first, _month_end(first))
        case Period.LAST_MONTH:
            last = first - timedelta(days=1)
            return Days(last.replace(day=1), last)
        case _:
            return Days(today - timedelta(days=int(period.removesuffix("d")) - 1), today)


def _month_end(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def previous(period: Period | None, of: Days) -> Days:
    """What a period is compared with: the month before a month, else as many days before."""
    if period in (Period.THIS_MONTH, Period.LAST_MONTH):
        last = of.first - timedelta(days=1)
        return Days(last.replace(day=1), last)
    return of.before()


def natural_step(span: Span) -> Step:
    """Hours up to two days, days up to a quarter, else weeks."""
    length = span.end - span.start
    if length <= timedelta(days=2, hours=2):
        return Step.HOUR
    return Step.DAY if length <= timedelta(days=93) else Step.WEEK


def edges(span: Span, step: Step, tz: ZoneInfo) -> list[datetime]:
    """Where the buckets of a span begin; the first begins with the span, weeks on Mondays."""
    if step is Step.HOUR:
        if span.end - span.start > LONGEST_HOURLY:
            raise InvalidFilter("A trend by hour covers at most 31 days.")
        return hours(span.start, span.end, tz)
    first, last = span.start.astimezone(tz).date(), span.end.astimezone(tz).date()
    starts = (
        day_start(day, tz) for day in days(first, last) if step is Step.DAY or day.weekday() == 0
    )
    inside = sorted({start for start in starts if span.start < start < span.end})
    return [span.start, *inside] if span.start < span.end else []


def utc_now() -> datetime:
    """The clock that everything else is given."""
    return datetime.now(UTC)
