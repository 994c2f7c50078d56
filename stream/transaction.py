"""One partition's transactional producer: a batch becomes visible whole, or not at all."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from producers.kafka import Topics
from stream import faults, watermark
from stream.batch import Derived
from stream.watermark import Watermark

log = logging.getLogger("baton.worker")

_PATIENCE = 30.0  # seconds per call; a broker that restarts takes a few, and calls are repeated


class Aborted(Exception):
    """The transaction was given up; another producer of the same id ends it, and its batch may be
    tried again unless it turns out to be committed."""


class Transactions:
    """Writes batches of one partition. Making one fences whoever had the partition before."""

    def __init__(
        self, kafka: Mapping[str, str], topics: Topics, partition: int, name: str, timeout: float
    ) -> None:
        self._topics, self._partition = topics, partition
        self._changelog_end = 0
        config: dict[str, object] = {
            **kafka,
            "transactional.id": name,
            "transaction.timeout.ms": int(timeout * 1000),
            "linger.ms": 50,
            "batch.size": 1_000_000,
            "compression.type": "lz4",
            "message.max.bytes": 4_000_000,
            "queue.buffering.max.messages": 500_000,
            "queue.buffering.max.kbytes": 1_048_576,
        }
        self._producer = Producer(config)
        _repeated(self._producer.init_transactions)

    def begin(self) -> None:
        """Begin the transaction of a batch."""
        with self._aborting():
            self._producer.begin_transaction()

    def write(self, derived: Derived) -> None:
        """Put a part of the batch into the transaction: rows, dead letters, history records."""
        partition = self._partition
        with self._aborting():
            self._produce_all(self._topics.log, derived.rows)
            faults.point("rows")
            for letter in derived.dead:
                self._produce(
                    self._topics.dead, letter.value, letter.key, partition, headers=letter.headers
                )
            self._produce_all(self._topics.history, derived.records)

    def commit(self, mark: Watermark) -> int:
        """Close the batch with its watermark and commit it; returns the changelog's next offset.

        Raises Aborted where trying again is right, and KafkaException where this producer may
        write no more (fenced, or failed for good); so do `begin` and `write`.
        """
        with self._aborting():
            self._produce(
                self._topics.history,
                mark.encode(),
                watermark.KEY,
                self._partition,
                on_delivery=self._delivered,
            )
            faults.point("produced")
            self._flush()
            faults.point("before commit")
            _repeated(self._producer.commit_transaction)
            faults.point("committed")
        return self._changelog_end

    def abort(self) -> None:
        """Give the transaction up."""
        _repeated(self._producer.abort_transaction)

    def abort_in(self, topics: list[str]) -> None:
        """Write an abort marker to the partition of these topics: it ends what a former producer of
        this id has left open there, too (`hanging.py`)."""
        self._producer.begin_transaction()
        for topic in topics:
            self._produce(topic, b"", watermark.KEY, self._partition)
        self._flush()
        self.abort()

    def _flush(self) -> None:
        while self._producer.flush(_PATIENCE):
            log.warning("partition %d: waiting for Kafka to take a batch", self._partition)

    @contextmanager
    def _aborting(self) -> Iterator[None]:
        try:
            yield
        except KafkaException as failure:
            error = failure.args[0]
            if error.fatal() or not error.txn_requires_abort():
                raise
            raise Aborted(str(error)) from failure

    def _produce_all(self, topic: str, messages: Iterable[tuple[bytes, bytes | None]]) -> None:
        produce, partition = self._producer.produce, self._partition
        for key, value in messages:
            try:
                produce(topic, value, key, partition)
            except BufferError:
                self._produce(topic, value, key, partition)

    def _produce(self, topic: str, value: bytes | None, *message: Any, **options: Any) -> None:
        while True:
            try:
                self._producer.produce(topic, value, *message, **options)
                return
            except BufferError:
                self._producer.poll(0.1)

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is None:
            self._changelog_end = message.offset() + 1

    def close(self) -> None:
        """Let go of the producer; what was not committed is aborted by the broker."""
        with suppress(KafkaException):
            self._producer.flush(1.0)


def _repeated(call: object) -> None:
    """Repeat a transactional call while librdkafka says that a repetition is safe."""
    while True:
        try:
            call(_PATIENCE)  # type: ignore[operator]
            return
        except KafkaException as failure:
            if not failure.args[0].retriable():
                raise
            log.warning("Kafka is slow to answer, repeating: %s", failure.args[0])
