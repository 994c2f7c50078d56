"""The usual Faust agent: events as records, holders in a Table, rows by `await topic.send`.

Written as Faust's own documentation does it, with the settings it comes with: nothing is
transactional, a crash repeats events or skips them. The Table is the fastest there is, in memory,
with the changelog that every Faust Table has.
"""

from __future__ import annotations

import os
from typing import Any

import faust

APP = "usual"


class Party(faust.Record):
    """Whoever has an id and a name."""

    id: int
    name: str


class Assignee(faust.Record):
    """Who holds a contact."""

    id: int
    name: str
    team: Party | None = None


class Event(faust.Record, serializer="json"):
    """A contact was given to somebody."""

    event_id: str
    event_type: str
    workspace_id: int
    contact_id: int
    contact_name: str
    conversation_id: int
    occurred_at: str
    source: str
    assigned_to: Assignee | None = None
    actor: Party | None = None


class Row(faust.Record, serializer="json"):
    """An assignment, with the one who held the contact before."""

    event_id: str
    workspace_id: int
    contact_id: int
    contact_name: str
    conversation_id: int
    occurred_at: str
    source: str
    assigned_to: Assignee | None
    actor: Party | None
    previous_assignee_id: str | None
    previous_assignee: Assignee | None


def build(broker: str, prefix: str, partitions: int) -> faust.App:
    """The app, on topics whose names begin with the prefix."""
    app = faust.App(
        f"{prefix}{APP}",
        broker=f"kafka://{broker}",
        store="memory://",
        topic_partitions=partitions,
        web_enabled=False,
    )
    events = app.topic(f"{prefix}events", key_type=bytes, value_type=Event)
    rows = app.topic(f"{prefix}rows", key_type=bytes, value_type=Row)
    holders = app.Table("holders", key_type=str, value_type=Assignee, partitions=partitions)

    @app.agent(events)
    async def derive(stream: Any) -> None:
        async for key, event in stream.items():
            contact = f"{event.workspace_id}/{event.contact_id}"
            before = holders.get(contact)
            after = event.assigned_to
            if (before and before.id) == (after and after.id):
                continue
            holders[contact] = after
            await rows.send(key=key, value=_row(event, before))

    return app


def _row(event: Event, before: Assignee | None) -> Row:
    return Row(
        event_id=event.event_id,
        workspace_id=event.workspace_id,
        contact_id=event.contact_id,
        contact_name=event.contact_name,
        conversation_id=event.conversation_id,
        occurred_at=event.occurred_at,
        source=event.source,
        assigned_to=event.assigned_to,
        actor=event.actor,
        previous_assignee_id=str(before.id) if before else None,
        previous_assignee=before,
    )


if __name__ == "__main__":
    built = build(os.environ["BENCH_BROKER"], os.environ["BENCH_PREFIX"], 4)
    faust.Worker(built, loglevel="warn", redirect_stdouts=False).execute_from_commandline()
