"""How far worker and sink have come in Kafka, read without joining their groups.

The worker's offsets are read before the sink's: what the worker had done by then lies in
`assignment-log` already, so that a caught-up sink means that it is in ClickHouse.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

import orjson
from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient

from producers.kafka import Topics, client_config
from producers.variables import Unset
from queries.freshness import Pipeline, PipelineAway, Unnamed
from queries.tail import Tail, is_end
from stream.letters import Place, marks_topic, workspace_of

# A broker that is busy, or that makes a group's coordinator first, may take its time.
_TIMEOUT = 15.0
_TRY = 0.5
_UNSET = 0  # committed offsets below it say that nothing was committed


class KafkaPipeline:
    """The `Pipeline` of one installation; not for several threads at once."""

    def __init__(self, config: Mapping[str, str], topics: Topics) -> None:
        quiet = {**config, "log_level": 0}
        self._topics = topics
        self._down = False
        self._admin = AdminClient({**quiet, "error_cb": self._on_error})
        reading = {
            **quiet,
            "group.id": f"{topics.prefix}baton-queries",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 20,
        }
        # Not subscribed, so no members: they only ask. AdminClient's way to ask ends the process
        # when a coordinator has just moved (librdkafka #5040).
        self._worker, self._sink = (
            Consumer({**reading, "group.id": f"{topics.prefix}baton-{role}.g{topics.generation}"})
            for role in ("worker", "sink")
        )
        self._reader = Consumer(reading)
        self._letters = Tail(Consumer(reading), topics.dead)
        self._marks = Tail(Consumer(reading), marks_topic(topics))
        self._dead: dict[Place, str] = {}
        """The workspace of each letter, empty where it cannot be read."""
        self._open = Counter[str]()
        self._done: set[Place] = set()

    @classmethod
    def from_environment(cls) -> Pipeline:
        """At `KAFKA_BOOTSTRAP_SERVERS`, with the topics of this installation."""
        try:
            return cls(client_config(), Topics.from_environment())
        except Unset:
            return Unnamed()

    def waiting(self) -> list[datetime]:
        """See `Pipeline.waiting`."""
        try:
            worker = self._first_after(self._topics.events, self._worker)
            sink = self._first_after(self._topics.log, self._sink)
            return [_appended(message) for message in [*worker, *self._behind(sink)]]
        except KafkaException as error:
            raise PipelineAway(str(error)) from error

    def dead_letters(self) -> Mapping[str, int]:
        """See `Pipeline.dead_letters`; reads what came since the last call.

        Offsets would not do: every transaction takes one of its own.
        """
        try:
            return self._count_dead()
        except KafkaException as error:
            raise PipelineAway(str(error)) from error

    def _count_dead(self) -> Mapping[str, int]:
        if self._letters.restarted(set(self._partitions(self._topics.dead))):
            self._dead.clear()
            self._open.clear()
        for letter in self._letters.read(_TIMEOUT):
            at = Place(letter.partition(), letter.offset())
            self._dead[at] = workspace = sys.intern(workspace_of(letter.key(), letter.value()))
            self._open[workspace] += at not in self._done
        if self._marks.restarted(set(self._partitions(self._marks.topic, missing_is_empty=True))):
            self._done.clear()
            self._open = Counter(self._dead.values())
        for mark in self._marks.read(_TIMEOUT):
            at = Place.parse((mark.key() or b"").decode())
            # Marks outlive letters that retention took, and may be there before theirs was read.
            if at not in self._done and at in self._dead:
                self._open[self._dead[at]] -= 1
            self._done.add(at)
        return +self._open

    def _on_error(self, error: KafkaError) -> None:
        self._down |= error.code() == KafkaError._ALL_BROKERS_DOWN

    def _partitions(self, topic: str, *, missing_is_empty: bool = False) -> list[int]:
        deadline = time.monotonic() + _TIMEOUT
        self._down = False
        while True:
            try:
                found = self._admin.list_topics(topic, timeout=_TRY).topics[topic]
                break
            except KafkaException as error:
                self._admin.poll(0)
                if self._down or time.monotonic() > deadline:
                    raise PipelineAway("Kafka does not answer") from error
        if missing_is_empty and not found.partitions:
            return []
        if found.error is not None or not found.partitions:
            raise PipelineAway(f"there is no topic {topic}")
        return list(found.partitions)

    def _first_after(self, topic: str, group: Consumer) -> list[Message]:
        """The first record of each partition that the group has not done; none where it has all."""
        starts = [TopicPartition(topic, p) for p in self._partitions(topic)]
        committed = group.committed(starts, timeout=_TIMEOUT)
        return self._first(
            [
                TopicPartition(topic, p.partition, p.offset)
                if p.offset >= _UNSET
                else TopicPartition(topic, p.partition, OFFSET_BEGINNING)
                for p in committed
            ]
        )

    def _behind(self, rows: list[Message]) -> list[Message]:
        """The events that rows of `assignment-log` came from."""
        places = [orjson.loads(row.value() or b"{}") for row in rows]
        return [
            message
            for place in places
            for message in self._first(
                [
                    TopicPartition(
                        self._topics.events, place["event_partition"], place["event_offset"]
                    )
                ]
            )
        ]

    def _first(self, places: list[TopicPartition]) -> list[Message]:
        """The first record at or after each place, where there is one."""
        self._reader.assign(places)
        left = {place.partition for place in places}
        found: list[Message] = []
        deadline = time.monotonic() + _TIMEOUT
        while left:
            message = self._reader.poll(max(0.0, deadline - time.monotonic()))
            if message is None:
                raise PipelineAway("Kafka does not answer")
            if message.partition() in left:
                left.discard(message.partition())
                if not is_end(message):
                    found.append(message)
        self._reader.unassign()
        return found


def _appended(message: Message) -> datetime:
    """When the broker took the message (assignment-events keeps LogAppendTime)."""
    return datetime.fromtimestamp(message.timestamp()[1] / 1000, UTC)
