"""One partition's transactional producer: a batch becomes visible whole, or not at all."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from producers.kafka import Topics
from stream import faults, watermark
from stream.batch import Derived
from stream.watermark import Watermark

log = logging.getLogger("baton.worker")

_PATIENCE = 30.0  # seconds per call; a broker that restarts takes a few, and calls are repeated


class Aborted(Exception):
    """The transaction was given up and may be tried again from the start."""


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

    def commit(self, derived: Derived, mark: Watermark) -> int:
        """Commit a batch's rows, records, dead letters and watermark in one transaction.

        Returns the changelog's next offset. Raises Aborted where trying again is right, and
        KafkaException where this producer may write no more (fenced, or fatally failed).
        """
        try:
            self._producer.begin_transaction()
            self._write(derived, mark)
            faults.point("produced")
            while self._producer.flush(_PATIENCE):
                log.warning("partition %d: waiting for the broker to take a batch", self._partition)
            faults.point("before commit")
            _repeated(self._producer.commit_transaction)
            faults.point("committed")
        except KafkaException as failure:
            self._abort(failure)
            raise Aborted(str(failure.args[0])) from failure
        return self._changelog_end

    def _write(self, derived: Derived, mark: Watermark) -> None:
        partition = self._partition
        for key, row in derived.rows:
            self._produce(self._topics.log, row, key, partition)
        faults.point("rows")
        for letter in derived.dead:
            self._produce(self._topics.dead, letter.value, letter.key, partition, letter.headers)
        for key, value in derived.records:
            self._produce(self._topics.history, value, key, partition)
        self._producer.produce(
            self._topics.history,
            mark.encode(),
            watermark.KEY,
            partition,
            on_delivery=self._delivered,
        )

    def _produce(self, *message: object) -> None:
        while True:
            try:
                topic, value, key, partition, *headers = message
                if headers:
                    self._producer.produce(topic, value, key, partition, headers=headers[0])
                else:
                    self._producer.produce(topic, value, key, partition)
                return
            except BufferError:
                self._producer.poll(0.1)

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is None:
            self._changelog_end = message.offset() + 1

    def _abort(self, failure: KafkaException) -> None:
        error = failure.args[0]
        if error.fatal() or not error.txn_requires_abort():
            raise failure
        log.warning("partition %d: transaction aborted, trying again: %s", self._partition, error)
        _repeated(self._producer.abort_transaction)

    def close(self) -> None:
        """Let go of the producer; what was not committed is aborted by the broker."""
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
