"""What came to a topic since one last looked, read without joining a group."""

from __future__ import annotations

import time
from collections.abc import Iterator

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from queries.freshness import PipelineAway


class Tail:
    """The messages of one topic, each once; `consumer` tells the ends of partitions."""

    def __init__(self, consumer: Consumer, topic: str) -> None:
        self._consumer, self.topic = consumer, topic
        self._next: dict[int, int] = {}

    def restarted(self, partitions: set[int]) -> bool:
        """Whether these are other partitions than before: all is read from the beginning then."""
        if partitions == self._next.keys():
            return False
        self._next = dict.fromkeys(partitions, 0)
        return True

    def read(self, patience: float) -> Iterator[Message]:
        """What is new; raises PipelineAway after `patience` seconds, KafkaException."""
        # The end of a partition is told once; a new assignment makes it be told again.
        self._consumer.assign([TopicPartition(self.topic, p, at) for p, at in self._next.items()])
        left = set(self._next)
        deadline = time.monotonic() + patience
        while left:
            if time.monotonic() > deadline:
                raise PipelineAway(f"{self.topic} was not read to its end in time")
            for message in self._consumer.consume(10_000, 0.1):
                partition, offset = message.partition(), message.offset()
                if is_end(message):
                    left.discard(partition)
                    continue
                self._next[partition] = offset + 1
                yield message


def is_end(message: Message) -> bool:
    """Whether this tells the end of a partition; raises KafkaException for any other error."""
    error = message.error()
    if error is None:
        return False
    if error.code() != KafkaError._PARTITION_EOF:
        raise KafkaException(error)
    return True
