"""A question made exact: one workspace, one span of time, the ids that match. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from queries.filters import LISTS, Filters, Hold, decode_id
from queries.periods import EVER, Days, Span, preset, previous
from queries.zones import EPOCH


@dataclass(frozen=True)
class Selection:
    """The assignments that a question is about; a missing list lets everything pass."""

    workspace: str
    span: Span
    tz: ZoneInfo
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def during(self, span: Span) -> Selection:
        """The same filters over another span."""
        return replace(self, span=span)

    @property
    def unfiltered(self) -> Selection:
        """The same span without any filter."""
        return replace(self, lists={})

    @property
    def eventful(self) -> Span:
        """The part of the span in which something can have happened: the rest is not asked for, as
        ClickHouse has no times for it."""
        return self.span.overlap(EVER)

    @property
    def given(self) -> frozenset[str]:
        """The names of the filters that are set."""
        return frozenset(name for name, values in self.lists.items() if values)

    def parameters(self) -> dict[str, Any]:
        """What the SQL is given: bound by the server, never written into it."""
        span = self.eventful
        return {
            "workspace": self.workspace,
            "start": millis(span.start),
            "end": millis(span.end),
            **{name: list(self.lists.get(name, ())) for name in LISTS},
        }


def millis(instant: datetime) -> int:
    """Milliseconds since 1970, rounded down."""
    return (instant - EPOCH) // timedelta(milliseconds=1)


def from_millis(value: int) -> datetime:
    """The reverse of `millis`, in UTC."""
    return EPOCH + timedelta(milliseconds=value)


def select(filters: Filters, workspace: str, tz: ZoneInfo, now: datetime) -> Selection:
    """The selection that filters mean at `now`."""
    if isinstance(filters.start, datetime) and isinstance(filters.end, datetime):
        span = Span(filters.start.astimezone(UTC), filters.end.astimezone(UTC))
    else:
        span = asked_days(filters, now, tz).span(tz)
    lists = {name: tuple(map(decode_id, getattr(filters, name))) for name in LISTS}
    if set(lists["hold"]) == set(Hold):
        # Every assignment is one or the other: no answer has to look.
        lists["hold"] = ()
    return Selection(
        workspace, span, tz, {name: values for name, values in lists.items() if values}
    )


def asked_days(filters: Filters, now: datetime, tz: ZoneInfo) -> Days:
    """The local days asked for; of instants, the days they touch."""
    if filters.start is None or filters.end is None:
        return preset(filters.period, now, tz)
    if isinstance(filters.start, datetime) and isinstance(filters.end, datetime):
        last = filters.end.astimezone(tz) - timedelta(milliseconds=1)
        return Days(filters.start.astimezone(tz).date(), last.date())
    return Days(filters.start, filters.end)


def before(filters: Filters, selection: Selection, now: datetime) -> Selection:
    """The same question over the previous period."""
    if isinstance(filters.start, datetime):
        length = selection.span.end - selection.span.start
        return selection.during(Span(selection.span.start - length, selection.span.start))
    days = asked_days(filters, now, selection.tz)
    period = filters.period if filters.start is None else None
    return selection.during(previous(period, days).span(selection.tz))


def narrow(base: Selection, by: Selection) -> Selection:
    """What both select: how a number that was clicked becomes exactly the rows it counts."""
    span = base.span.overlap(by.span)
    lists = {**base.lists, **by.lists}
    for name in base.lists.keys() & by.lists.keys():
        lists[name] = tuple(value for value in base.lists[name] if value in by.lists[name])
        if not lists[name]:
            return replace(base, span=Span(span.start, span.start))
    return replace(base, span=span, lists=lists)
