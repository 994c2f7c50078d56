"""The identity of events that come without one: the same content is the same event.

An id is the UUIDv5 of the event's canonical form, so that sending a file twice, or from CSV one day
and JSON Lines the next, sends the same events; and two identical rows are one event.
"""

from __future__ import annotations

from datetime import UTC
from typing import Any
from uuid import UUID, uuid5

import orjson

from producers.event import AssigneeUpdated, Event, Kind, Party

NAMESPACE = UUID("55a09c41-2f82-56af-a0a3-fdfde235316e")
UNIDENTIFIED = "00000000-0000-0000-0000-000000000000"


def canonical(event: Event) -> dict[str, Any]:
    """The one form of an event's content, its id left out: ids as strings, time in UTC with
    milliseconds, what is absent absent."""
    form: dict[str, Any] = {
        "event_type": event.event_type,
        "workspace_id": str(event.workspace_id),
        "contact_id": str(event.contact_id),
        "contact_name": event.contact_name,
        "conversation_id": str(event.conversation_id),
        "occurred_at": event.occurred_at.astimezone(UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z"),
    }
    if event.sequence is not None:
        form["sequence"] = event.sequence
    if event.time_of is not None:
        form["time_of"] = event.time_of
    if isinstance(event, AssigneeUpdated):
        form |= _hand_off(event)
    return form


def content_id(event: Event) -> UUID:
    """The id an event has by its content."""
    content = orjson.dumps(canonical(event), option=orjson.OPT_SORT_KEYS)
    return uuid5(NAMESPACE, content.decode())


def identify(event: Event) -> bytes:
    """The message of an event that has no id of its own: its canonical form with the id made of it
    (UTF-8 JSON)."""
    return orjson.dumps({"event_id": str(content_id(event)), **canonical(event)})


def _hand_off(event: AssigneeUpdated) -> dict[str, Any]:
    form: dict[str, Any] = {"assigned_to": None, "source": event.source.value}
    if event.assigned_to is not None:
        form["assigned_to"] = _party(event.assigned_to)
        if event.assigned_to.kind not in (None, Kind.USER):
            form["assigned_to"]["kind"] = event.assigned_to.kind
        if event.assigned_to.team is not None:
            form["assigned_to"]["team"] = _party(event.assigned_to.team)
    if event.actor is not None:
        form["actor"] = _party(event.actor)
    return form


def _party(party: Party) -> dict[str, Any]:
    return {"id": str(party.id), "name": party.name}
