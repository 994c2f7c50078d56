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

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from producers.kafka import Topics, client_config
from producers.variables import Unset
from queries.freshness import Held, Pipeline, PipelineAway, Unnamed, Waiting
from queries.tail import Tail
from queries.unseen import Looking, Unseen
from stream import clients
from stream.letters import Place, marks_topic, workspace_of
from stream.owners import owner

# A broker that is busy, or that makes a group's coordinator first, may take its time.
_TIMEOUT = 15.0
_TRY = 0.5
_UNDER_WAY = 2.0  # seconds; a transaction that lasts longer is named


class KafkaPipeline:
    """The `Pipeline` of one installation; not for several threads at once."""

    def __init__(self, config: Mapping[str, str], topics: Topics) -> None:
        quiet = {**config, "log_level": "0"}
        self._topics = topics
        self._down = False
        self._config = quiet
        self._admin = clients.admin({**quiet, "error_cb": self._on_error})
        self._worker, self._sink = (
            clients.register(quiet, f"{topics.prefix}baton-{role}.g{topics.generation}")
            for role in ("worker", "sink")
        )
        self._looking = Looking(quiet)
        self._owner: tuple[tuple[str, int, int], str | None] = (("", 0, 0), None)
        self._letters = Tail(clients.reader(quiet), topics.dead)
        self._marks = Tail(clients.reader(quiet), marks_topic(topics))
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

    def waiting(self) -> list[Waiting]:
        """See `Pipeline.waiting`."""
        topics = self._topics
        try:
            worker, stops = self._behind(topics.events, self._worker)
            sink, _ = self._behind(topics.log, self._sink)
            dead = self._looking.undecided(topics.dead, self._partitions(topics.dead))
            events = [
                self._waiting(each, _appended(each.message), stops.get(number, ""))
                for number, each in worker.items()
            ]
            derived = (self._derived(each) for each in [*sink.values(), *dead.values()])
            return [*events, *(each for each in derived if each)]
        except KafkaException as error:
            raise PipelineAway(str(error)) from error

    def _behind(self, topic: str, group: Consumer) -> tuple[dict[int, Unseen], dict[int, str]]:
        """What the group has not done in each partition, and what it says of those that stand
        still."""
        asked = [TopicPartition(topic, number) for number in self._partitions(topic)]
        found = group.committed(asked, timeout=_TIMEOUT)
        positions = {each.partition: max(0, each.offset) for each in found}
        stops = {each.partition: each.metadata for each in found if each.metadata}
        return self._looking.after(topic, positions), stops

    def _derived(self, unseen: Unseen) -> Waiting | None:
        """A row or a dead letter waits as long as the event that it came from."""
        place = self._looking.cause(unseen)
        events = self._looking.events(self._topics, [place] if place else [])
        times = [_appended(event) for event in events]
        if unseen.undecided and place is None:
            times.append(_appended(unseen.message))
        return self._waiting(unseen, min(times)) if times else None

    def _waiting(self, unseen: Unseen, since: datetime, stop: str = "") -> Waiting:
        message, began = unseen.message, _appended(unseen.message)
        place = str(message.topic()), message.partition(), message.offset()
        if unseen.undecided:
            old = time.time() - began.timestamp() > _UNDER_WAY
            return Waiting(since, self._transaction(*place, began) if old else None)
        stopped = Held(by="stop", topic=place[0], partition=place[1], since=since, why=stop)
        return Waiting(since, stopped if stop else None)

    def _transaction(self, topic: str, partition: int, offset: int, since: datetime) -> Held:
        """What is told of a transaction; its owner is asked for once."""
        key = topic, partition, offset
        if self._owner[0] != key:
            self._owner = key, owner(self._config, *key)
        return Held(
            by="transaction",
            topic=topic,
            partition=partition,
            since=since,
            transactional_id=self._owner[1],
        )

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


def _appended(message: Message) -> datetime:
    """When the broker took the message (assignment-events keeps LogAppendTime)."""
    return datetime.fromtimestamp(message.timestamp()[1] / 1000, UTC)
