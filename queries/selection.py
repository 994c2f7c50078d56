"""A question made exact: one workspace, one span of time, the ids that match. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from queries.filters import LISTS, Filters, Hold, decode_id
from queries.parts import in_quarters, numbered, whole_days
from queries.periods import EVER, Days, Span, preset, previous
from queries.zones import EPOCH

NOT_IN_COUNTS = {"contact", "conversation", "previous", "team", "hold"}
_IN_LOG_ALONE = {"team", "hold"}


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
    def eventful(self) -> Span:
        """The part of the span in which something can have happened: the rest is not asked for, as
        ClickHouse has no times for it."""
        return self.span.overlap(EVER)

    @property
    def in_counts(self) -> bool:
        """Whether the 15-minute counts can answer: they know no contacts and no odd minutes."""
        return self.whole_quarters and not self.given & NOT_IN_COUNTS

    @property
    def in_histories(self) -> bool:
        """Whether the counts of single contacts, or of single conversations, can answer."""
        few = self.given & {"contact", "conversation"}
        return len(few) == 1 and not self.given & _IN_LOG_ALONE

    @property
    def whole_quarters(self) -> bool:
        """Whether it begins and ends with a quarter of an hour."""
        return in_quarters(self.eventful)

    @property
    def has_utc_days(self) -> bool:
        """Whether a whole day in UTC lies within it."""
        days = whole_days(self.eventful)
        return days["first_day"] < days["after_days"]

    @property
    def of_few(self) -> bool:
        """Whether it is about some contacts or conversations: a few rows, found by themselves."""
        return bool(self.given & {"contact", "conversation"})

    @property
    def by_nobody(self) -> bool:
        """Whether it asks for what no user assigned: any source may have moved that."""
        return "" in self.lists.get("assigned_by", ())

    @property
    def history(self) -> str:
        """The subquery that finds those by themselves, under the name `history`."""
        return "history" if "contact" in self.given else "history=history_of_conversations"

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
            **whole_days(span),
            **numbered(span),
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
