"""Events, rows and dead letters as they come in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import orjson
from confluent_kafka import OFFSET_END, Message, TopicPartition

from producers.kafka import Topics
from stream import clients, letters, scan


def lines(
    kafka: Mapping[str, str],
    topics: Topics,
    workspace: str | None,
    contact: str | None,
    count: int | None,
) -> Iterator[str]:
    """A line for each message that comes in from now on; raises KafkaException."""
    consumer = clients.reader(kafka)
    names = {topics.events: "event", topics.log: "row", topics.dead: "dead"}
    try:
        consumer.assign(
            [
                TopicPartition(name, number, OFFSET_END)
                for name in names
                for number in scan.partitions(kafka, name)
            ]
        )
        left = count
        while left is None or left > 0:
            message = consumer.poll(0.5)
            if message is None or message.error() or not _wanted(message, workspace, contact):
                continue
            left = None if left is None else left - 1
            yield _line(names[str(message.topic())], message)
    finally:
        consumer.close()


def _wanted(message: Message, workspace: str | None, contact: str | None) -> bool:
    try:
        its, who = orjson.loads(message.key() or b"")
    except ValueError:
        return workspace is None and contact is None
    return workspace in (None, its) and contact in (None, who)


def _line(kind: str, message: Message) -> str:
    at = datetime.fromtimestamp(message.timestamp()[1] / 1000, UTC)
    place = f"{at:%H:%M:%S.%f}"[:-3] + f"  {kind:5}  {message.partition()}/{message.offset()}"
    who = (message.key() or b"").decode(errors="backslashreplace")
    return f"{place}  {who}  {_said(kind, message)}"


def _said(kind: str, message: Message) -> str:
    if kind == "dead":
        letter = letters.opened(message, {})
        return f"{letter.reason}: {letter.detail}"
    try:
        found = orjson.loads(message.value() or b"")
        if kind == "row":
            sign = "" if found["sign"] > 0 else "takes back "
            before, after = found["previous_assignee_id"] or "-", found["assigned_to_id"] or "-"
            return f"{sign}{before} -> {after}, {found['source']}, {found['event_id']}"
        return f"{found['event_type']}, {found.get('source', '')}, {found['event_id']}"
    except (ValueError, KeyError, TypeError):
        return f"{len(message.value() or b'')} bytes that break the contract"
