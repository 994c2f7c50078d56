"""confluent_kafka's Producer, plain or transactional; what fails unseen is told later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import confluent_kafka

from stream.decode import partition_of
from tests.simulation.kafka.cluster import Cluster, Transaction, call
from tests.simulation.kafka.consumer import Message
from tests.simulation.kafka.errors import failure
from tests.simulation.kafka.log import Status
from tests.simulation.world import here

KafkaError, KafkaException = confluent_kafka.KafkaError, confluent_kafka.KafkaException
_TOGETHER = 12  # records that a request carries at most


class Producer:
    """One producer of one process."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._world = here()
        self._name: str | None = config.get("transactional.id")
        self._timeout = float(config.get("transaction.timeout.ms", 60_000)) / 1000
        self._queue: list[tuple[Any, ...]] = []
        self._pid = self._epoch = -1
        self._failed: KafkaException | None = None
        self._deciding = False

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def _cluster(self) -> Cluster:
        found: Cluster = self._world.cluster
        return found

    def init_transactions(self, timeout: float = -1) -> None:
        world = self._world
        call("init", timeout)
        deadline = world.now + (timeout if timeout > 0 else 60)
        assert self._name is not None
        found = self._cluster.begin(self._name)
        while found.state in ("commit", "abort"):
            if world.now > deadline:
                raise failure(KafkaError._TIMED_OUT, "init", retriable=True)
            world.wait_for("transactions", world.now + 5)
            world.alive()
        if found.state == "ongoing":
            raise failure(KafkaError._TIMED_OUT, "init", retriable=True)
        found.epoch += 1
        found.timeout = self._timeout
        found.owner, found.owned_since = world.process, world.now
        self._pid, self._epoch = found.pid, found.epoch
        world.tell(f"owns {self._name}")
        world.after("init")

    def _usable(self) -> None:
        if self._failed is not None:
            raise self._failed

    def _mine(self) -> Transaction:
        """The transaction, as the coordinator has it; raises KafkaException where I am fenced."""
        assert self._name is not None
        found = self._cluster.transactions[self._name]
        if found.epoch != self._epoch:
            self._failed = failure(KafkaError._FENCED, "fenced", fatal=True)
            self._world.happened["fenced"] += 1
            self._world.tell(f"is fenced of {self._name}")
            raise self._failed
        return found

    def begin_transaction(self) -> None:
        self._world.alive()
        self._usable()

    def _give_up(self, text: str) -> KafkaException:
        self._failed = failure(KafkaError._MSG_TIMED_OUT, text, abort=True)
        return self._failed

    def commit_transaction(self, timeout: float = -1) -> None:
        world = self._world
        self._usable()
        if self._queue and self.flush(timeout):
            raise failure(KafkaError._TIMED_OUT, "flush", retriable=True)
        self._usable()
        call("commit of a transaction", timeout)
        found = self._mine()
        if self._deciding:  # asked before, and the answer was lost
            self._deciding = False
            return
        if world.strikes("answers", "a commit that is not sent", 0.02):
            raise failure(KafkaError._TIMED_OUT, "commit: not sent", retriable=True)
        if world.strikes("answers", "a commit given up", 0.01):
            raise self._give_up("commit given up")
        if found.state == "ongoing":
            assert self._name is not None
            self._cluster.decide(self._name, found, commit=True)
        world.after("commit of a transaction")
        if world.strikes("answers", "a commit without answer", 0.02):
            self._deciding = True
            raise failure(KafkaError._TIMED_OUT, "commit: answer lost", retriable=True)
        if world.strikes("answers", "a commit given up, and done", 0.01):
            raise self._give_up("unknown outcome")

    def abort_transaction(self, timeout: float = -1) -> None:
        self._queue.clear()
        call("abort", timeout)
        found = self._mine()
        if found.state == "ongoing":
            assert self._name is not None
            self._cluster.decide(self._name, found, commit=False)
        self._failed = None

    def produce(
        self, topic: str, value: bytes | str | None = None, key: bytes | None = None,
        partition: int = -1, on_delivery: Callable[..., None] | None = None,
        headers: Any = None, callback: Callable[..., None] | None = None,
    ) -> None:  # fmt: skip
        self._world.alive()
        self._usable()
        value = value.encode() if isinstance(value, str) else value
        if partition < 0:
            partition = partition_of(key, self._cluster.known[topic]) if key else 0
        told = on_delivery or callback
        self._queue.append((topic, partition, key, value, tuple(headers or ()), told))

    def poll(self, timeout: float = 0) -> int:
        return 0

    def flush(self, timeout: float = -1) -> int:
        began = self._world.now
        while self._queue:
            try:
                call("produce", timeout)
            except KafkaException:
                if self._world.now - began <= self._timeout:
                    return len(self._queue)
                self._give_up("messages timed out")
            if self._failed is not None:
                self._queue.clear()
                return 0
            self._send(self._world.process.chance.randint(1, _TOGETHER))
            self._world.after("produce")
        return 0

    def _send(self, count: int) -> None:
        found = None
        if self._name is not None:
            try:
                found = self._mine()
            except KafkaException:
                return  # told by the next call
            if found.state in ("commit", "abort"):
                return  # concurrent transactions: librdkafka asks again
            if self._world.strikes("answers", "messages of a transaction that are lost", 0.003):
                self._give_up("messages lost")
                return
            if found.state == "empty":
                found.state, found.started = "ongoing", self._world.now
        some, self._queue = self._queue[:count], self._queue[count:]
        for each in some:
            self._append(found, *each)

    def _append(
        self, found: Transaction | None, topic: str, partition: int, key: bytes | None,
        value: bytes | None, headers: Any, told: Callable[..., None] | None,
    ) -> None:  # fmt: skip
        log = self._cluster.logs[topic, partition]
        if found is None:
            record = log.append(self._world.now, key, value, headers)
        else:
            found.places.add((topic, partition))
            record = log.append(self._world.now, key, value, headers, Status.OPEN, self._pid)
        self._world.tell(f"writes {topic}/{partition} at {record.offset}")
        if told is not None:
            told(None, Message(topic, partition, record))
        self._world.changed(topic)
