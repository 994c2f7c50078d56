"""How far the worker and the sink of a generation have come, from what their groups committed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from confluent_kafka import TopicPartition
from confluent_kafka.admin import ConsumerGroupDescription

from producers.kafka import Topics
from sink.group import group_id
from stream import clients, scan
from stream.restore import watermarks
from stream.watermark import Watermark

_TIMEOUT = 15.0
_SETTLED = 10.0  # twice what a sink takes to write the end of the log under a slow feed
_EVERY = 0.25


@dataclass(frozen=True)
class Lag:
    """One partition of one topic: `done` is the next offset to do, `end` the next to be written.

    `waiting_since` is when the first message that is not done was appended, in seconds since 1970;
    None where all is done.
    """

    topic: str
    partition: int
    done: int
    end: int
    waiting_since: float | None

    @property
    def messages(self) -> int:
        """How many offsets wait; none where only ends of transactions do."""
        return self.end - self.done if self.waiting_since else 0

    @property
    def seconds(self) -> float:
        """For how long the first of them has waited."""
        return max(0.0, time.time() - self.waiting_since) if self.waiting_since else 0.0


def worker_group(topics: Topics) -> str:
    """The group of a generation's workers."""
    return f"{topics.prefix}baton-worker.g{topics.generation}"


def worker(kafka: Mapping[str, str], topics: Topics) -> list[Lag]:
    """Of the workers; raises KafkaException."""
    return _lags(kafka, topics.events, worker_group(topics))


def sink(kafka: Mapping[str, str], topics: Topics) -> list[Lag]:
    """Of the sinks; raises KafkaException."""
    return _lags(kafka, topics.log, group_id(topics))


def written(kafka: Mapping[str, str], topics: Topics) -> dict[int, int]:
    """Per partition the last event of which a generation has derived and written all there is.

    Its sinks are given a few seconds to write what its workers have derived; a partition in which
    they do not get there is left out. Raises KafkaException.
    """
    marks = watermarks(kafka, topics.history)
    derived = {n: mark.offset for n, mark in marks.items() if isinstance(mark, Watermark)}
    ends = {number: each.end for number, each in scan.whole(kafka, topics.log, derived).items()}
    deadline = time.monotonic() + _SETTLED
    while True:
        done = {each.partition: each.done for each in sink(kafka, topics)}
        there = {number for number, end in ends.items() if done[number] >= end}
        if len(there) == len(ends) or time.monotonic() > deadline:
            return {number: derived[number] for number in there}
        time.sleep(_EVERY)


def members(kafka: Mapping[str, str], group: str) -> int:
    """How many processes are in a group; raises KafkaException."""
    admin = clients.admin(kafka)

    def described() -> ConsumerGroupDescription:
        asked = admin.describe_consumer_groups([group], request_timeout=_TIMEOUT)
        return asked[group].result(_TIMEOUT)

    return len(scan.coordinated(described).members)


def _lags(kafka: Mapping[str, str], topic: str, group: str) -> list[Lag]:
    stretches = scan.whole(kafka, topic)
    if not stretches:
        return []
    asked = [TopicPartition(topic, number) for number in stretches]
    consumer = clients.register(kafka, group)
    try:
        committed = {at.partition: at.offset for at in scan.committed(consumer, asked)}
    finally:
        consumer.close()
    done = {n: max(each.start, committed.get(n, -1)) for n, each in stretches.items()}
    behind = {number: start for number, start in done.items() if start < stretches[number].end}
    waiting = scan.first(kafka, topic, behind, {n: each.end for n, each in stretches.items()})
    return [
        Lag(
            topic,
            number,
            done[number],
            each.end,
            waiting[number].timestamp()[1] / 1000 if number in waiting else None,
        )
        for number, each in stretches.items()
    ]
