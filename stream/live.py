"""Which generation is live, where whoever knows only Kafka finds it.

ClickHouse's table `generations` is the truth; this is written right after it. As an operator's word
(`stream/control.py`) it lies in the offset metadata of a group that nobody joins.
"""

from __future__ import annotations

from collections.abc import Mapping

from confluent_kafka import Consumer, TopicPartition

from producers.kafka import Topics

_TIMEOUT = 15.0


def _consumer(kafka: Mapping[str, str], topics: Topics) -> Consumer:
    group = f"{topics.prefix}baton-live"
    return Consumer({**kafka, "group.id": group, "enable.auto.commit": False})


def read(kafka: Mapping[str, str], topics: Topics, timeout: float = _TIMEOUT) -> int:
    """The live generation; 1 where none was ever announced. Raises KafkaException."""
    consumer = _consumer(kafka, topics)
    try:
        found = consumer.committed([TopicPartition(topics.events, 0)], timeout=timeout)
        return int(found[0].metadata or 1)
    finally:
        consumer.close()


def announce(kafka: Mapping[str, str], topics: Topics, generation: int) -> None:
    """Say which generation is live; raises KafkaException."""
    consumer = _consumer(kafka, topics)
    try:
        word = TopicPartition(topics.events, 0, 0, str(generation))
        consumer.commit(offsets=[word], asynchronous=False)
    finally:
        consumer.close()
