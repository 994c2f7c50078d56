"""A Faust transport that hands over one event per fetched batch of a partition.

Faust does membership, assignment and agents as ever; events pass through it thousands at a time.
Registered as the URL scheme `batch` (pyproject.toml, entry points `faust.transports`).
"""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from stream.batch import Batch, messages


class FetchedBatch:
    """Stands where Faust expects a record; its value is the batch."""

    __slots__ = ("batch", "offset", "partition", "timestamp", "topic")
    timestamp_type = 1
    headers = ()
    key = None
    checksum = None
    serialized_key_size = -1
    serialized_value_size = -1

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.topic, self.partition = batch.topic, batch.partition
        self.offset = batch.end - 1
        self.timestamp = batch.messages[-1].timestamp

    @property
    def value(self) -> Batch:
        """What the agent gets."""
        return self.batch


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread that holds the aiokafka consumer."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # Faust offers no setting for these three: partitions that stay where they are across a
        # rebalance, aborted events left out, and a quick answer when there is little to fetch.
        consumer._partition_assignment_strategy = (StickyPartitionAssignor,)
        consumer._isolation_level = "read_committed"
        consumer._fetch_max_wait_ms = 100
        return consumer


class Consumer(driver.Consumer):
    """Fetches batches that know where they had to start, and starts after the watermark."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._expected: dict[TP, int] = {}
        self._fetching = asyncio.Lock()
        super().__init__(*args, **kwargs)

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _getmany(self, active_partitions: Any, timeout: float) -> Any:  # noqa: ASYNC109 Faust's signature
        async with self._fetching:
            epoch = self.app.engine.epoch
            fetched = await super()._getmany(active_partitions, timeout)
        batches = {}
        for tp, records in fetched.items():
            if not records:
                continue
            start = self._expected.get(TP(*tp), -1)
            batch = Batch(tp.topic, tp.partition, start, messages(records), epoch)
            self._expected[TP(*tp)] = batch.end
            batches[tp] = [FetchedBatch(batch)]
        return batches

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """Let what is being fetched arrive, and what is at work finish, before partitions move.

        A fetch that waited for events (at most a second) across a rebalance would bring what lies
        after the new start, under the old epoch: the batch would be dropped, and its successor
        refused.
        """
        await super().on_partitions_revoked(revoked)
        async with self._fetching:
            pass
        await self.app.engine.suspend()

    async def perform_seek(self) -> None:
        """Go to the offset after each watermark; what the group committed is never read."""
        engine = self.app.engine
        assigned = {tp for tp in self.assignment() if tp.topic == engine.topic}
        positions = {
            tp: engine.positions()[tp.partition]
            for tp in assigned
            if tp.partition in engine.positions()
        }
        self._expected.update({TP(*tp): offset for tp, offset in positions.items()})
        if positions:
            await self.seek_wait(positions)


class Transport(driver.Transport):
    """Faust's Kafka transport with batches."""

    Consumer = Consumer
