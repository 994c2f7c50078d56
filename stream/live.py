"""Which generation is live, where whoever knows only Kafka finds it.

ClickHouse's table `generations` is the truth; this is written right after it. As an operator's word
(`stream/control.py`) it lies in the offset metadata of a group that nobody joins.
"""

from __future__ import annotations

from collections.abc import Mapping

from confluent_kafka import Consumer, TopicPartition

from producers.kafka import Topics
from stream import clients

_TIMEOUT = 15.0


def _consumer(kafka: Mapping[str, str], topics: Topics) -> Consumer:
    return clients.register(kafka, f"{topics.prefix}baton-live")


class Announced:
    """What was announced, for whoever asks again and again."""

    def __init__(self, kafka: Mapping[str, str], topics: Topics) -> None:
        self._consumer = _consumer(kafka, topics)
        self._place = TopicPartition(topics.events, 0)

    def generation(self, timeout: float = _TIMEOUT) -> int:
        """The live generation; 1 where none was ever announced. Raises KafkaException."""
        found = self._consumer.committed([self._place], timeout=timeout)
        return int(found[0].metadata or 1)

    def close(self) -> None:
        """Let go of the connection."""
        self._consumer.close()


def read(kafka: Mapping[str, str], topics: Topics) -> int:
    """The live generation, asked once; raises KafkaException."""
    announced = Announced(kafka, topics)
    try:
        return announced.generation()
    finally:
        announced.close()


def announce(kafka: Mapping[str, str], topics: Topics, generation: int) -> None:
    """Say which generation is live; raises KafkaException."""
    consumer = _consumer(kafka, topics)
    try:
        word = TopicPartition(topics.events, 0, 0, str(generation))
        consumer.commit(offsets=[word], asynchronous=False)
    finally:
        consumer.close()
