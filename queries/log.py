"""The log of assignments: rows as the report shows them, in pages that cost the same anywhere."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, ValidationError

from producers.event import LATEST, Kind, Source
from queries.errors import InvalidFilter
from queries.periods import Span
from queries.selection import Selection, from_millis, millis
from queries.sql import filled, joined, text
from queries.store import Row, Store
from queries.tables import LABELS, shown_rows
from queries.zones import in_zone

SHOWN_AT_MOST = 10_000
COLUMNS = (
    "timestamp", "conversation_id", "contact_id", "contact_name", "previous_assignee",
    "assigned_to", "source", "assigned_by",
)  # fmt: skip
"""The log's columns in the report's order."""

# The first look is into an hour: a page then costs the same however long the period is. The next is
# as wide as the page needs by what was found, and some more.
_FIRST_LOOK = timedelta(hours=1)
_WIDER_AT_MOST = 64
_SPARE = 1.5

# Rows of these are so few, and found so quickly, that one look is enough.
_FEW = {"contact", "conversation"}
_NULL_FOR_NOBODY = (
    "previous_assignee_kind", "previous_assignee_id", "assigned_to_kind", "assigned_to_id", "team",
    "actor_id", "actor_name",
)  # fmt: skip


class Sort(StrEnum):
    """What the log is sorted by; "-" before it is descending."""

    NEWEST = "-timestamp"
    OLDEST = "timestamp"
    CONVERSATION = "conversation_id"
    CONVERSATION_DESCENDING = "-conversation_id"
    CONTACT = "contact_id"
    CONTACT_DESCENDING = "-contact_id"
    CONTACT_NAME = "contact_name"
    CONTACT_NAME_DESCENDING = "-contact_name"
    PREVIOUS = "previous_assignee"
    PREVIOUS_DESCENDING = "-previous_assignee"
    ASSIGNED_TO = "assigned_to"
    ASSIGNED_TO_DESCENDING = "-assigned_to"
    SOURCE = "source"
    SOURCE_DESCENDING = "-source"
    ASSIGNED_BY = "assigned_by"
    ASSIGNED_BY_DESCENDING = "-assigned_by"

    @property
    def column(self) -> str:
        """The column, without the direction."""
        return self.removeprefix("-")

    @property
    def descending(self) -> bool:
        """Whether the largest comes first."""
        return self.startswith("-")


class LogRow(BaseModel):
    """One assignment. The first eight are what the report shows; ids are null for nobody."""

    timestamp: datetime = Field(description="With the offset of the time zone asked for.")
    conversation_id: str
    contact_id: str
    contact_name: str
    previous_assignee: str = Field(description='"-": nobody.')
    assigned_to: str = Field(description='"-": an unassignment.')
    source: Source
    assigned_by: str = Field(description="Empty where the source is not user.")
    previous_assignee_kind: Kind | None
    previous_assignee_id: str | None
    assigned_to_kind: Kind | None
    assigned_to_id: str | None
    team: str | None = Field(description="The assignee's, as it was then.")
    actor_id: str | None = Field(description="What acted, for every source.")
    actor_name: str | None
    previous_since: datetime | None = Field(description="Since when the previous one held it.")
    event_id: str


CURSOR_AT_MOST = 10_000
"""How long a cursor can be: a name of 1,000 characters and an id of 200 take six bytes each in JSON
where they are control characters, and base64 makes them a third longer."""


class Cursor(BaseModel):
    """Where a page ended; opaque to callers."""

    sort: Sort
    sort_key: str = ""
    occurred_ms: int = Field(default=0, ge=0, lt=millis(LATEST))
    contact_id: str = ""
    place: int = Field(default=0, ge=-(2**63), lt=2**63)
    event_partition: int = Field(default=0, ge=0, lt=2**32)
    event_offset: int = Field(default=0, ge=0, lt=2**63)

    def encode(self) -> str:
        """Text for an address."""
        return base64.urlsafe_b64encode(self.model_dump_json().encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, sort: Sort) -> Cursor:
        """The reverse; raises InvalidFilter for anything that is no cursor of this sort."""
        try:
            whole = f"{text}{'=' * (-len(text) % 4)}"
            cursor = cls.model_validate_json(base64.b64decode(whole, b"-_", validate=True))
        except (ValueError, ValidationError):
            raise InvalidFilter("The cursor is none that this log gave.") from None
        if cursor.sort is not sort:
            raise InvalidFilter("The cursor belongs to another sort order.")
        return cursor


class LogPage(BaseModel):
    """Some rows, and where to go on (null: that was all)."""

    rows: list[LogRow]
    next: str | None


def page(
    store: Store, selection: Selection, sort: Sort = Sort.NEWEST,
    cursor: str | None = None, limit: int = 100, now: datetime | None = None,
) -> LogPage:  # fmt: skip
    """One page of the log, quickest where `now` is told; raises InvalidFilter for a bad cursor."""
    after = Cursor.decode(cursor, sort) if cursor else None
    left = rest(selection.span, sort, after)
    at_once = sort.column != "timestamp" or selection.given & _FEW
    width = left.end - left.start if at_once else _FIRST_LOOK
    found: list[Row] = []
    while left.start < left.end and len(found) <= limit:
        missing = limit + 1 - len(found)
        part, left = look(left, sort, width, now)
        rows = _rows(store, selection.during(part), sort, after, missing)
        found += rows
        width *= wider(missing, len(rows))
    rows = found[:limit]
    more = len(found) > limit
    return LogPage(
        rows=[_row(row, selection.tz) for row in rows],
        next=Cursor(sort=sort, **_place(rows[-1])).encode() if more else None,
    )


def rows(store: Store, selection: Selection, sort: Sort, limit: int) -> list[LogRow]:
    """The first `limit` rows, however many pages that takes."""
    found: list[LogRow] = []
    cursor: str | None = None
    while len(found) < limit:
        part = page(store, selection, sort, cursor, min(5_000, limit - len(found)))
        found += part.rows
        cursor = part.next
        if cursor is None:
            break
    return found


def rest(span: Span, sort: Sort, after: Cursor | None) -> Span:
    """What is left of the span where a page begins."""
    if after is None or sort.column != "timestamp":
        return span
    if sort.descending:
        return Span(span.start, min(span.end, from_millis(after.occurred_ms + 1)))
    return Span(max(span.start, from_millis(after.occurred_ms)), span.end)


def look(
    left: Span, sort: Sort, width: timedelta, now: datetime | None = None
) -> tuple[Span, Span]:
    """The stretch to look into next, and what is left then.

    What lies after `now` is seldom more than a few rows: it is no stretch of its own.
    """
    if sort.descending:
        edge = max(left.start, min(left.end, now or left.end) - width)
        return Span(edge, left.end), Span(left.start, edge)
    edge = min(left.end, left.start + width)
    return Span(left.start, edge), Span(edge, left.end)


def wider(missing: int, found: int) -> float:
    """How much wider the next look is, where one for `missing` rows found so many."""
    return (
        min(_WIDER_AT_MOST, max(1.0, _SPARE * (missing - found) / found))
        if found
        else _WIDER_AT_MOST
    )


def _rows(
    store: Store, selection: Selection, sort: Sort, after: Cursor | None, limit: int
) -> list[Row]:
    direction, beyond = ("DESC", "<") if sort.descending else ("ASC", ">")
    sort_key = _SORT_KEYS.get(sort.column, f"lowerUTF8({sort.column})")
    body = filled(text("log"), direction=direction, beyond=beyond, sort_key=sort_key)
    place = (after or Cursor(sort=sort)).model_dump()
    asked = {**selection.parameters(), **LABELS, **place, "resumed": bool(after), "limit": limit}
    return store.rows(joined(body, **shown_rows(selection)), asked)


# Names are sorted by as people read them, ids as they are; time is sorted by anyway.
_SORT_KEYS = {
    "timestamp": "''",
    "conversation_id": "conversation_id",
    "contact_id": "contact_id",
    "source": "source_label",
}


def _place(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in Cursor.model_fields if name != "sort"}


def _row(row: Row, tz: ZoneInfo) -> LogRow:
    since = row["previous_since_ms"]
    said = {name: row[name] for name in LogRow.model_fields if name in row}
    said |= {name: row[name] or None for name in _NULL_FOR_NOBODY}
    said["timestamp"] = in_zone(from_millis(row["occurred_ms"]), tz)
    said["previous_since"] = None if since is None else in_zone(from_millis(since), tz)
    return LogRow(**said)
