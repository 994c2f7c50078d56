"""Periods of the report: presets and date ranges to spans of time. Pure; the clock is passed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from producers.event import EARLIEST, LATEST
from queries.errors import InvalidFilter
from queries.zones import day_start, days, hours


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
    MONTH = "month"


LONGEST = {Step.HOUR: 31, Step.DAY: 3_660, Step.WEEK: 18_300}
"""How many days a trend covers at most: beyond, its buckets are too many for anybody."""


# So much longer may as many days be where clocks are put back in them.
_CLOCKS_CHANGE = timedelta(hours=2)


@dataclass(frozen=True)
class Span:
    """The instants from `start` up to, not including, `end`; both aware."""

    start: datetime
    end: datetime

    def overlap(self, other: Span) -> Span:
        """What both cover; empty (end = start) where they do not meet."""
        start = max(self.start, other.start)
        return Span(start, max(start, min(self.end, other.end)))


EVER = Span(EARLIEST, LATEST)
"""When events can have happened: the contract takes no others, and ClickHouse's DateTime ends soon
after."""


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
    """Hours up to two days, days up to a quarter, weeks up to ten years, else months."""
    length = span.end - span.start
    if length <= timedelta(days=2) + _CLOCKS_CHANGE:
        return Step.HOUR
    if length <= timedelta(days=93):
        return Step.DAY
    return Step.WEEK if length <= timedelta(days=3_660) else Step.MONTH


def edges(span: Span, step: Step, tz: ZoneInfo) -> list[datetime]:
    """Where the buckets of a span begin: the first with the span, weeks on Mondays, months on the
    first."""
    most = LONGEST.get(step)
    if most and span.end - span.start > timedelta(days=most) + _CLOCKS_CHANGE:
        raise InvalidFilter(
            f"A trend by {step} covers at most {most:,} days: leave out the step, or shorten the "
            "period."
        )
    if step is Step.HOUR:
        return hours(span.start, span.end, tz)
    first, last = span.start.astimezone(tz).date(), span.end.astimezone(tz).date()
    starts = (day_start(day, tz) for day in days(first, last) if _begins(day, step))
    inside = sorted({start for start in starts if span.start < start < span.end})
    return [span.start, *inside] if span.start < span.end else []


def _begins(day: date, step: Step) -> bool:
    if step is Step.MONTH:
        return day.day == 1
    return step is Step.DAY or day.weekday() == 0


def utc_now() -> datetime:
    """The clock that everything else is given."""
    return datetime.now(UTC)
