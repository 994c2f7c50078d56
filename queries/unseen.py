"""The first records of each topic that are not in what one sees, decided or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import orjson
from confluent_kafka import Message

from producers.kafka import Topics
from stream import scan
from stream.extent import Extents, Gauge

Place = tuple[int, int]
"""Partition and offset of an event."""


class Unseen(NamedTuple):
    """A record that is not seen, and whether it may still be aborted."""

    message: Message
    undecided: bool


class Looking:
    """Asks one Kafka; not for several threads at once."""

    def __init__(self, kafka: Mapping[str, str]) -> None:
        self._kafka = kafka
        self._gauge = Gauge(kafka)

    def after(self, topic: str, positions: Mapping[int, int]) -> dict[int, Unseen]:
        """The first record of each partition at or after the position of whoever reads it."""
        extents = self._gauge.extents(topic, positions)
        found = self._gauge.waiting(topic, positions, extents)
        first = {number: Unseen(message, False) for number, message in found.items()}
        return self._undecided(topic, extents) | first

    def undecided(self, topic: str, numbers: Iterable[int]) -> dict[int, Unseen]:
        """The first record of each partition that a reader of all that is committed has not."""
        return self._undecided(topic, self._gauge.extents(topic, numbers))

    def _undecided(self, topic: str, extents: Extents) -> dict[int, Unseen]:
        found = self._gauge.undecided(topic, extents)
        return {number: Unseen(message, True) for number, message in found.items()}

    def cause(self, unseen: Unseen) -> Place | None:
        """The event that a row or a dead letter came from. Where it is neither (somebody else
        writes there, in a transaction that is open), that of the first one after it, which waits
        with it; None where there is none."""
        if (place := _cause(unseen.message)) or not unseen.undecided:
            return place
        topic, number = str(unseen.message.topic()), unseen.message.partition()
        end = self._gauge.extents(topic, [number])[number].end
        stretch = {number: scan.Stretch(unseen.message.offset(), end)}
        for messages in scan.read(self._kafka, topic, stretch, "read_uncommitted"):
            for message in messages:
                if place := _cause(message):
                    return place
        return None

    def events(self, topics: Topics, places: Iterable[Place]) -> Iterator[Message]:
        """What lies at these places of the events, or comes after where retention took it."""
        first: dict[int, int] = {}
        for number, offset in places:
            first[number] = min(offset, first.get(number, offset))
        extents = self._gauge.extents(topics.events, first)
        yield from self._gauge.waiting(topics.events, first, extents).values()


def _cause(message: Message) -> Place | None:
    headers = dict(message.headers() or ())
    try:
        if "baton.offset" in headers:
            return int(headers["baton.partition"]), int(headers["baton.offset"])
        row = orjson.loads(message.value() or b"")
        return int(row["event_partition"]), int(row["event_offset"])
    except (ValueError, KeyError, TypeError):
        return None
