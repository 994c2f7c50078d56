"""Every hand a contact, or one of its conversations, went through."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from producers.event import Source
from queries.errors import InvalidFilter, NotFound
from queries.selection import from_millis
from queries.sql import statement
from queries.store import Row, Store
from queries.zones import in_zone

LONGEST = 10_000


class Hand(BaseModel):
    """Somebody, or nobody, holding the contact."""

    holder: str = Field(description='"-": nobody.')
    team: str | None
    since: datetime
    until: datetime | None = Field(description="Null: still.")
    seconds: float = Field(description="How long; of what still lasts, up to now.")
    source: Source = Field(description="What moved it to this holder.")
    moved_by: str | None = Field(description="The user, workflow, bot, ... that did.")
    conversation_id: str
    event_id: str


class Timeline(BaseModel):
    """The history of a contact, or the part of it in one conversation, oldest first."""

    contact_id: str
    contact_name: str = Field(description="As it was last.")
    conversation_id: str | None
    hands: list[Hand]


def timeline(
    store: Store,
    workspace: str,
    tz: ZoneInfo,
    now: datetime,
    contact: str | None = None,
    conversation: str | None = None,
) -> Timeline:
    """Of a contact or of a conversation; raises NotFound, InvalidFilter unless one is named."""
    if (contact is None) == (conversation is None):
        raise InvalidFilter("Name a contact or a conversation.")
    if contact is None:
        contact = next(iter(contacts_of(store, workspace, [conversation or ""])), None)
    if contact is None:
        raise NotFound("No assignment of this conversation was seen.")
    rows = store.rows(
        statement("timeline"), {"workspace": workspace, "contact": contact, "limit": LONGEST}
    )
    if not rows:
        raise NotFound("This contact was never assigned.")
    hands = _hands(rows, tz, now)
    return Timeline(
        contact_id=contact,
        contact_name=rows[-1]["contact_name"],
        conversation_id=conversation,
        hands=[hand for hand in hands if conversation in (None, hand.conversation_id)],
    )


def contacts_of(store: Store, workspace: str, conversations: Sequence[str]) -> list[str]:
    """Whose conversations these are."""
    asked = {"workspace": workspace, "conversation": list(conversations)}
    return [row["contact_id"] for row in store.rows(statement("contacts_of"), asked)]


def _hands(rows: list[Row], tz: ZoneInfo, now: datetime) -> list[Hand]:
    starts = [in_zone(from_millis(row["occurred_ms"]), tz) for row in rows]
    ends: list[datetime | None] = [*starts[1:], None]
    return [
        Hand(
            holder=row["assigned_to"],
            team=row["team"] or None,
            since=since,
            until=until,
            seconds=((until or now) - since).total_seconds(),
            source=row["source"],
            moved_by=row["actor_name"] or None,
            conversation_id=row["conversation_id"],
            event_id=row["event_id"],
        )
        for row, since, until in zip(rows, starts, ends, strict=True)
    ]
