"""`baton trace`: one event or contact, from its messages to its rows, with the reason for each.

Every message of the contact is derived again, in memory and by the same pure function, so that the
decision on each is known and not guessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from confluent_kafka import Message

from deploy.replay.installation import Installation
from producers.event import key
from producers.kafka import Topics
from stream import letters, scan
from stream.corrections import HEADER, SUPERSEDED, Corrected
from stream.decode import Decoder, partition_of
from stream.derive import derive
from stream.history import Head, Horizon, Layered
from stream.rows import Moment
from stream.settings import Settings

_TEXT = {
    "assigned": "is an assignment",
    "unchanged": "sets the assignee the contact has: no row",
    "opened": "opens a conversation: never a row",
    "closed": "closes a conversation: never a row",
    "repeated": "came before with the same content: changes nothing",
    "conflicting_repeat": "its id came before with other content: dead letter",
    "older_than_horizon": "older than the horizon: dead letter",
    SUPERSEDED: "a wrong event, for which a right one was sent: left out",
}


@dataclass
class Step:
    """One message of `assignment-events` and what came of it."""

    partition: int
    offset: int
    appended_at: float
    event_id: str
    decision: str
    reason: str
    headers: dict[str, str]
    rows: list[dict[str, Any]] = field(default_factory=list)
    dead_letter: str = ""

    def lines(self) -> Iterator[str]:
        """For people."""
        at = datetime.fromtimestamp(self.appended_at, UTC)
        yield (
            f"{self.partition}/{self.offset}  {at:%Y-%m-%d %H:%M:%S}Z  event"
            f" {self.event_id or '?'}: {self.reason}"
        )
        for name, value in self.headers.items():
            yield f"    header {name}: {value}"
        if self.dead_letter:
            yield f"    dead letter {self.dead_letter}"
        for row in self.rows:
            yield f"    {row['said']}"


def contact_of(there: Installation, topics: Topics, event_id: UUID) -> bytes | None:
    """The key of the message with this event, looked for from the newest on back; None if none."""
    found = there.client.query(
        "SELECT workspace_id, contact_id FROM assignment_log WHERE event_id = {event:UUID} LIMIT 1",
        parameters={"event": event_id},
    ).result_rows
    if found:
        return key(*found[0])
    wanted = str(event_id).encode()
    stretches = scan.whole(there.kafka, topics.events)
    for messages in scan.read(there.kafka, topics.events, stretches):
        for message in messages:
            if wanted in (message.value() or b"").lower():
                return bytes(message.key() or b"")
    return None


def trace(there: Installation, topics: Topics, contact: bytes) -> list[Step]:
    """All messages of a contact in the order of their arrival; raises KafkaException."""
    partitions = scan.partitions(there.kafka, topics.events)
    number = partition_of(contact, len(partitions))
    events = _of(there, topics.events, contact, {number})
    steps = list(_derived(there, topics, events))
    by_offset = {step.offset: step for step in steps}
    for message in _of(there, topics.log, contact, {number}):
        row = orjson.loads(message.value() or b"")
        if cause := by_offset.get(row["version"] // 2):
            cause.rows.append(_row(there, message, row))
    for message in _of(there, topics.dead, contact, set(partitions)):
        letter = letters.opened(message, {})
        topic, partition, offset = letter.origin.rsplit("/", 2)
        if topic == topics.events and partition == str(number) and int(offset) in by_offset:
            by_offset[int(offset)].dead_letter = f"{letter.place}: {letter.reason}"
    return steps


def _of(there: Installation, topic: str, contact: bytes, numbers: set[int]) -> Iterator[Message]:
    stretches = scan.whole(there.kafka, topic, sorted(numbers))
    for messages in scan.read(there.kafka, topic, stretches):
        yield from (message for message in messages if message.key() == contact)


def _derived(there: Installation, topics: Topics, messages: Iterator[Message]) -> Iterator[Step]:
    settings = Settings.from_environment()
    live = there.live
    horizon = Horizon(round(live.horizon_days * 86_400_000), live.horizon_events)
    decoder = Decoder(settings.largest_event, settings.workspaces)
    corrected = Corrected.read(settings.corrected)
    head, history = Head(), Layered()
    for message in messages:
        headers = message.headers() or []
        found = decoder.decode(message.key(), message.value(), message.offset())
        event = str(UUID(bytes=found.event_id)) if isinstance(found, Moment) else ""
        if not isinstance(found, Moment):
            decision, reason = str(found.reason), f"{found.reason}: {found.detail}"
        elif corrected.supersedes(found.event_id, headers):
            decision, reason = SUPERSEDED, _TEXT[SUPERSEDED]
        else:
            outcome, head, records, _ = derive(head, history, found, horizon)
            history.apply(records)
            decision, reason = str(outcome), _TEXT[outcome]
        shown = {
            name: (value or b"").decode(errors="replace")
            for name, value in headers
            if name in (HEADER, letters.RETURNED)
        }
        at = message.timestamp()[1] / 1000
        yield Step(message.partition(), message.offset(), at, event, decision, reason, shown)


def _row(there: Installation, message: Message, row: dict[str, Any]) -> dict[str, Any]:
    stored = there.client.query(
        "SELECT max(version), argMax(is_deleted, version) FROM assignment_log "
        "WHERE event_id = {event:UUID}",
        parameters={"event": row["event_id"]},
    ).result_rows[0]
    kind = "row" if row["sign"] > 0 else "taken back"
    if stored[0] < row["version"]:
        state = "not in ClickHouse yet"
    elif stored[0] > row["version"]:
        state = "replaced later"
    else:
        state = "in ClickHouse"
    said = (
        f"{kind} {message.partition()}/{message.offset()} of event {row['event_id']}:"
        f" {row['previous_assignee_id'] or '-'} -> {row['assigned_to_id'] or '-'},"
        f" {row['source']}; {state}"
    )
    return {**row, "log_offset": message.offset(), "state": state, "said": said}
