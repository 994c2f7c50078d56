"""What a span of time is made of: months, days and quarters of an hour in UTC, as sums are kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import product

from queries.periods import Span
from queries.zones import EPOCH, QUARTER


def in_quarters(span: Span) -> bool:
    """Whether it begins and ends with a quarter of an hour."""
    return not any((at - EPOCH) % QUARTER for at in (span.start, span.end))


def whole_days(span: Span) -> dict[str, date]:
    """The UTC days that lie within a span whole, from `first_day` up to, not including,
    `after_days`, and which sums per month and per day make them up with the fewest rows read.

    These are the months from `first_month` to `after_months`, and the days of two stretches, `left`
    and `right`: such as lie within the span are added, others are in a month and taken off again.
    """
    start, end = span.start.astimezone(UTC), span.end.astimezone(UTC)
    first = (start + _DAY - timedelta(microseconds=1)).date()
    after = max(first, end.date())
    edges = product((_month(first), _next_month(first)), (_month(after), _next_month(after)))
    first_month, after_months = min(
        [(after, after), *(months for months in edges if months[0] < months[1])],
        key=lambda months: (
            abs(first - months[0])
            + abs(after - months[1])
            + (months[1] - months[0]) / _DAYS_OF_ROWS
        ),
    )
    return {
        "first_day": first,
        "after_days": after,
        "first_month": first_month,
        "after_months": after_months,
        "left_start": min(first, first_month),
        "left_end": max(first, first_month),
        "right_start": min(after, after_months),
        "right_end": max(after, after_months),
    }


def numbered(span: Span) -> dict[str, list[int]]:
    """The months and days of `whole_days` and, where the span begins and ends with one, the
    quarters of an hour before and after them, as the numbers that sums are kept under.

    202503 is a month, 20250322 a day, 2025032217 its quarter of an hour from 04:15. Days that are
    in a month and not in the span are among `periods`, and by themselves `taken_off`.
    """
    parts = whole_days(span)
    first, after = parts["first_day"], parts["after_days"]
    days = [
        *_days(parts["left_start"], parts["left_end"]),
        *_days(parts["right_start"], parts["right_end"]),
    ]
    months = _months(parts["first_month"], parts["after_months"])
    around = [
        *_quarters(span.start.astimezone(UTC), min(span.end, _midnight(first))),
        *_quarters(_midnight(after), span.end),
    ]
    return {
        "periods": [*months, *map(_number, days), *(around if in_quarters(span) else ())],
        "taken_off": [_number(day) for day in days if not first <= day < after],
    }


# A month's sums have about as many rows as those of two of its days.
_DAYS_OF_ROWS = 15
_DAY = timedelta(days=1)


def _number(day: date) -> int:
    return 100 * (100 * day.year + day.month) + day.day


def _days(first: date, after: date) -> Iterator[date]:
    return (first + n * _DAY for n in range((after - first).days))


def _months(first: date, after: date) -> Iterator[int]:
    return (100 * day.year + day.month for day in _days(first, after) if day.day == 1)


def _quarters(start: datetime, end: datetime) -> Iterator[int]:
    while start < end:
        yield 100 * _number(start) + 4 * start.hour + start.minute // 15
        start += QUARTER


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _month(day: date) -> date:
    return day.replace(day=1)


def _next_month(day: date) -> date:
    """The first of a month that comes on the day or next."""
    return _month(_month(day) + timedelta(days=31)) if day.day > 1 else day
