"""What an operator has told the workers, kept where every worker sees it.

The word lies in the offset metadata of a consumer group that nobody joins: durable, replicated,
and reachable from wherever Kafka is. Per partition of `assignment-events`, as JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace

import orjson
from confluent_kafka import Consumer, TopicPartition

from producers.kafka import Topics
from stream import clients, scan


@dataclass(frozen=True)
class Word:
    """What holds for one partition."""

    paused: bool = False
    flood_until: int = -1  # dead letters up to this offset are no flood
    start_at: int = -1  # events before this offset are known to be lost


def group(topics: Topics) -> str:
    """The group whose offset metadata holds the words."""
    return f"{topics.prefix}baton-control.g{topics.generation}"


def _consumer(kafka: Mapping[str, str], topics: Topics) -> Consumer:
    return clients.register(kafka, group(topics))


def read(kafka: Mapping[str, str], topics: Topics, partitions: Iterable[int]) -> dict[int, Word]:
    """The word for each partition; the default one where none was given."""
    consumer = _consumer(kafka, topics)
    try:
        asked = [TopicPartition(topics.events, number) for number in partitions]
        found = scan.committed(consumer, asked)
        return {tp.partition: decode(tp.metadata) for tp in found}
    finally:
        consumer.close()


def tell(kafka: Mapping[str, str], topics: Topics, partition: int, **changes: object) -> Word:
    """Change the word for one partition; returns what holds now."""
    word = replace(read(kafka, topics, [partition])[partition], **changes)  # type: ignore[arg-type]
    consumer = _consumer(kafka, topics)
    try:
        metadata = orjson.dumps(asdict(word)).decode()
        at = TopicPartition(topics.events, partition, 0, metadata)
        consumer.commit(offsets=[at], asynchronous=False)
    finally:
        consumer.close()
    return word


def decode(metadata: str | None) -> Word:
    """A stored word; what a newer version says besides is left aside, for roll-backs."""
    said = orjson.loads(metadata) if metadata else {}
    return Word(**{one.name: said[one.name] for one in fields(Word) if one.name in said})
