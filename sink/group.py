"""The sink's consumer group: what Kafka remembers for it, and what Kafka says of the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec

from producers.kafka import Topics
from sink.plan import Committed, Log
from sink.ranges import Source
from sink.state import State, encode
from sink.writer import Unavailable

DEFAULTS = {
    # How long a killed sink's partitions wait for the next one. A pause longer than this (a
    # suspended laptop) costs a rebalance, never a row.
    "session.timeout.ms": 10_000,
    "heartbeat.interval.ms": 2_000,
}
"""What the environment may set otherwise."""

POLL_MS = 600_000
"""How long one turn of the loop may take. Its longest step is an insert that times out (120 s)."""

REQUEST = 10.0
"""Seconds a question to the brokers may take before it is asked again."""

SETTINGS = {
    "isolation.level": "read_committed",
    "enable.auto.commit": False,
    # Offsets that are gone are an error, never skipped.
    "auto.offset.reset": "error",
    "enable.partition.eof": True,
    "max.poll.interval.ms": POLL_MS,
    "partition.assignment.strategy": "range",
    "queued.max.messages.kbytes": 32 * 1024,
}


def group_id(topics: Topics) -> str:
    """Name of the sinks' group: one per generation."""
    return f"{topics.prefix}baton-sink.g{topics.generation}"


class Group:
    """A member of the group, reading one topic. Also the `writer.Ledger`."""

    def __init__(self, config: Mapping[str, str], topics: Topics) -> None:
        self.topic = topics.log
        self._consumer = Consumer({**DEFAULTS, **config, **SETTINGS, "group.id": group_id(topics)})
        self._admin = AdminClient(dict(config))

    def join(
        self, assigned: Callable[[list[int]], None], revoked: Callable[[list[int]], None]
    ) -> None:
        """Become a member. The callbacks get partitions, from within `read`."""

        def on_assign(consumer: Consumer, partitions: list[TopicPartition]) -> None:
            # Nothing is read before it is known from where on.
            consumer.assign([])
            assigned([each.partition for each in partitions])

        def on_revoke(consumer: Consumer, partitions: list[TopicPartition]) -> None:
            revoked([each.partition for each in partitions])
            consumer.unassign()

        self._consumer.subscribe(
            [self.topic], on_assign=on_assign, on_revoke=on_revoke, on_lost=on_revoke
        )

    def read_from(self, offsets: Mapping[int, int]) -> None:
        """Read these partitions and no others, each from its offset on."""
        self._consumer.assign([TopicPartition(self.topic, *each) for each in offsets.items()])

    def read(self, count: int, timeout: float) -> list[Message]:
        """Up to `count` messages and events, within `timeout` seconds."""
        return list(self._consumer.consume(count, timeout))

    def mark(self, source: Source, state: State) -> None:
        """See `writer.Ledger`."""
        offset = TopicPartition(
            source.topic, source.partition, state.offset, metadata=encode(state)
        )
        try:
            for result in self._consumer.commit(offsets=[offset], asynchronous=False):
                if result.error:
                    raise KafkaException(result.error)
        except KafkaException as error:
            raise unavailable(error) from error

    def committed(self, partitions: Iterable[int]) -> dict[int, Committed | None]:
        """What is remembered of each partition; raises Unavailable."""
        wanted = [TopicPartition(self.topic, partition) for partition in partitions]
        try:
            found = self._consumer.committed(wanted, timeout=REQUEST)
        except KafkaException as error:
            raise unavailable(error) from error
        for each in found:
            if each.error:
                raise unavailable(KafkaException(each.error))
        return {
            each.partition: Committed(each.offset, each.metadata) if each.offset >= 0 else None
            for each in found
        }

    def topic_id(self) -> str:
        """Kafka's id of the topic as it is now; raises Unavailable, also while there is none."""
        try:
            described = self._admin.describe_topics(
                TopicCollection([self.topic]), request_timeout=REQUEST
            )
            return str(described[self.topic].result().topic_id)
        except KafkaException as error:
            raise unavailable(error) from error

    def log(self, source: Source) -> Log:
        """The partition as it is now; raises Unavailable."""
        where = TopicPartition(source.topic, source.partition)
        try:
            start, end = self._consumer.get_watermark_offsets(where, timeout=REQUEST)
        except KafkaException as error:
            raise unavailable(error) from error
        return Log(source, start, end)

    def end(self, partition: int) -> int:
        """Where the log of an assigned partition ended when it was last read; 0 if never."""
        where = TopicPartition(self.topic, partition)
        marks = self._consumer.get_watermark_offsets(where, cached=True)
        return max(0, marks[1]) if marks else 0

    def partitions(self) -> list[int]:
        """All partitions of the topic, whoever reads them; raises Unavailable."""
        try:
            found = self._consumer.list_topics(self.topic, timeout=REQUEST).topics[self.topic]
        except KafkaException as error:
            raise unavailable(error) from error
        if found.error:
            raise unavailable(KafkaException(found.error))
        return sorted(found.partitions)

    def ends(self) -> dict[int, int]:
        """Where each partition ends now, open transactions included; raises Unavailable.

        Asked apart from the consumer, whose questions wait until its fetch is answered.
        """
        latest = {TopicPartition(self.topic, n): OffsetSpec.latest() for n in self.partitions()}
        try:
            found = self._admin.list_offsets(latest, request_timeout=REQUEST)
            return {at.partition: int(future.result().offset) for at, future in found.items()}
        except KafkaException as error:
            raise unavailable(error) from error

    def close(self) -> None:
        """Leave the group, so that others take over at once."""
        self._consumer.close()


def unavailable(error: KafkaException) -> Unavailable:
    """The same, in the sink's terms."""
    cause = error.args[0]
    text = cause.str() if isinstance(cause, KafkaError) else str(cause)
    return Unavailable(f"Kafka: {text}")
