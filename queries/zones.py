"""Local time: where a day begins in a zone, and which bucket an instant falls in. Pure.

All instants are aware datetimes in UTC; `zoneinfo` is the only source of offsets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from queries.errors import InvalidFilter

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


@cache
def names() -> frozenset[str]:
    """The names that zones have on every machine.

    One may know more: `localtime` is what it is set to, `posixrules` and `right/UTC` are its own.
    `Factory` says that nobody has set it.
    """
    listed = files("tzdata").joinpath("zones").read_text(encoding="utf-8")
    return frozenset(listed.split()) - {"Factory"}


def zone(name: str) -> ZoneInfo:
    """The IANA zone of this name; raises InvalidFilter."""
    if name not in names():
        raise InvalidFilter(f"'{name}' is no time zone; try 'UTC' or 'Europe/Paris'.")
    return ZoneInfo(name)


def in_zone(instant: datetime, tz: ZoneInfo) -> datetime:
    """The instant with the zone's offset, if one can write that.

    RFC 3339 has no seconds for it: what happened before a zone gave them up (Liberia in 1972, all
    others earlier) stays in UTC.
    """
    there = instant.astimezone(tz)
    offset = there.utcoffset() or timedelta()
    return instant.astimezone(UTC) if offset % timedelta(minutes=1) else there


def day_start(day: date, tz: ZoneInfo) -> datetime:
    """The first instant of a local day.

    Where clocks are put forward over midnight, the day begins at that very moment; a day that a
    zone left out (Samoa, 30 December 2011) begins where the next one does.
    """
    midnight = datetime.combine(day, time.min, tz)
    first, second = (midnight.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    in_a_gap = second < first
    return _offset_change(second, first, tz) if in_a_gap else first


def _offset_change(before: datetime, after: datetime, tz: ZoneInfo) -> datetime:
    """The second at which the zone's offset changes between two instants."""
    old = before.astimezone(tz).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        before, after = (
            (middle, after) if middle.astimezone(tz).utcoffset() == old else (before, middle)
        )
    return after


def in_quarters(instants: Iterable[datetime]) -> bool:
    """Whether a quarter of an hour begins with each."""
    return not any((at - EPOCH) % QUARTER for at in instants)


def days(start: date, end: date) -> Iterator[date]:
    """Every date from `start` up to `end`, both included."""
    return (start + timedelta(days=n) for n in range((end - start).days + 1))


def hours(start: datetime, end: datetime, tz: ZoneInfo) -> list[datetime]:
    """Where local hours begin in [start, end): an hour that comes twice counts twice."""
    edges: list[datetime] = []
    last: object = None
    instant = start
    while instant < end:
        local = instant.astimezone(tz)
        this = (local.date(), local.hour, local.utcoffset())
        if this != last:
            edges.append(instant)
        last, instant = this, instant + QUARTER - (instant - EPOCH) % QUARTER
    return edges
