"""A Kafka to measure on, feeds in it, and what an observer sees come out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
from confluent_kafka import Consumer, IsolationLevel, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from deploy.local import kafka, process
from deploy.local.home import LOOPBACK, Home, free_port
from tests.benchmarks.feed import Answer, Message

PARTITIONS = 4
_LOOK_EVERY = 0.05
_QUIET = 2.0  # seconds without a new row after which none is expected any more
_PATIENCE = 300.0

# All outputs alike: an observer judges by the broker's clock, whoever wrote the rows.
OUTPUT = {"message.timestamp.type": "LogAppendTime"}


class Broker:
    """One Kafka, of this run alone."""

    def __init__(self, home: Home, address: str) -> None:
        self.home, self.address = home, address
        self._admin = AdminClient({"bootstrap.servers": address, "log_level": 2})

    def create(self, *topics: str, config: dict[str, str] | None = None) -> None:
        """Make topics of the usual number of partitions."""
        wanted = [NewTopic(name, PARTITIONS, config=config or {}) for name in topics]
        for future in self._admin.create_topics(wanted).values():
            future.result(30)

    def configure(self, topic: str, config: dict[str, str]) -> None:
        """Change settings of a topic that somebody else has made."""
        entries = [
            ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
            for name, value in config.items()
        ]
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)
        for future in self._admin.incremental_alter_configs([resource]).values():
            future.result(30)

    def drop(self, prefix: str) -> None:
        """Delete the topics of one measurement, so that disk and page cache are free again."""
        names = [name for name in self._admin.list_topics(timeout=30).topics if prefix in name]
        for future in self._admin.delete_topics(names).values():
            future.result(30)

    def load(self, topic: str, messages: list[Message]) -> Callable[[], None]:
        """Send a feed; it is to be seen, all at once, when what this returns is called."""
        producer = Producer(
            {
                "bootstrap.servers": self.address,
                "transactional.id": f"feed.{topic}",
                "log_level": 2,
                "transaction.timeout.ms": 600_000,
                "partitioner": "murmur2_random",
                "linger.ms": 20,
                "compression.type": "lz4",
                "queue.buffering.max.messages": 2_000_000,
                "queue.buffering.max.kbytes": 2_000_000,
            }
        )
        producer.init_transactions(30)
        producer.begin_transaction()
        for message in messages:
            producer.produce(topic, message.value, message.key)
        producer.flush(120)
        return lambda: producer.commit_transaction(30)

    def ends(self, topic: str) -> int:
        """Sum of the offsets up to which committed messages lie in a topic's partitions."""
        asked = {TopicPartition(topic, number): OffsetSpec.latest() for number in range(PARTITIONS)}
        found = self._admin.list_offsets(asked, isolation_level=IsolationLevel.READ_COMMITTED)
        return sum(future.result(30).offset for future in found.values())

    def seconds(self, topic: str, rows: int, check: Callable[[], None]) -> float:
        """From the first row, by the broker's clock, to the moment the last one was to be seen.

        Waits for `rows`, and until no more come; `check` is called meanwhile and may raise.
        """
        seen, last, started = 0, time.time(), time.time()
        while seen < rows or time.time() - last < _QUIET:
            if time.time() - started > _PATIENCE:
                raise TimeoutError(f"{seen} of {rows} rows in {topic} after {_PATIENCE:g} s")
            check()
            time.sleep(_LOOK_EVERY)
            if (now := self.ends(topic)) != seen:
                seen, last = now, time.time()
        return last - self.first(topic)

    def first(self, topic: str) -> float:
        """When the first row of a topic was written, by the broker's clock."""
        firsts = []
        for partition in range(PARTITIONS):
            consumer = self._consumer(topic, [partition])
            message = consumer.poll(10)
            firsts.append(message.timestamp()[1] / 1000)
            consumer.close()
        return min(firsts)

    def answer(self, topic: str) -> Answer:
        """What the committed rows of a topic add up to."""
        consumer = self._consumer(topic, range(PARTITIONS))
        answer, open_partitions = Answer(), set(range(PARTITIONS))
        while open_partitions:
            for message in consumer.consume(10_000, 0.05):
                if message.error():
                    open_partitions.discard(message.partition())
                    continue
                row = orjson.loads(message.value())
                answer = answer.plus(
                    row["event_id"], row["previous_assignee_id"], row.get("sign", 1)
                )
        consumer.close()
        return answer

    def _consumer(self, topic: str, partitions: object) -> Consumer:
        consumer = Consumer(
            {
                "bootstrap.servers": self.address,
                "group.id": "observer",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
            }
        )
        consumer.assign([TopicPartition(topic, number, 0) for number in partitions])  # type: ignore[attr-defined]
        return consumer


@contextmanager
def running() -> Iterator[Broker]:
    """A broker on a free port, its data in a directory that is gone afterwards."""
    with TemporaryDirectory(prefix="baton-bench-") as directory:
        home = Home(Path(directory))
        home.create()
        port = free_port()
        kafka.start(home, port)
        try:
            yield Broker(home, f"{LOOPBACK}:{port}")
        finally:
            for one in reversed(process.find_all(home)):
                process.stop(home, one)
