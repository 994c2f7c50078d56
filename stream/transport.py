"""A Faust transport that hands over one event per fetched batch of a partition.

Faust does membership, assignment and agents as ever; events pass through it thousands at a time.
Registered as the URL scheme `batch` (pyproject.toml, entry points `faust.transports`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import NoOffsetForPartitionError
from aiokafka.structs import OffsetAndMetadata
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from stream.batch import Batch


class BareRecords(fetcher.PartitionRecords):
    """Gives records as they were unpacked, without a ConsumerRecord made of each."""

    def __iter__(self) -> Any:
        return self._records_iterator

    def _consumer_record(self, tp: Any, record: Any) -> Any:
        return record


# The fetcher offers no place for a class of one's own.
fetcher.PartitionRecords = BareRecords


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
    """The thread that holds the aiokafka consumer.

    A batch is labelled here, in the step that takes it from the consumer, with the offset it had
    to start at and the epoch of the seek it follows from. A fetch may wait across a rebalance:
    were the label made on the other side, it could be that of another assignment.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._next: dict[TP, tuple[int, int]] = {}
        super().__init__(*args, **kwargs)

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # Faust offers no setting for these: partitions that stay where they are across a rebalance,
        # aborted events left out, and events of a moment in one batch, since a transaction costs
        # as much for one event as for a thousand.
        consumer._partition_assignment_strategy = (StickyPartitionAssignor,)
        consumer._isolation_level = "read_committed"
        consumer._fetch_min_bytes = 1 << 16
        consumer._fetch_max_wait_ms = 200
        return consumer

    async def start_from(self, positions: Mapping[TP, int], epoch: int) -> None:
        """Seek each partition; what is fetched from now on belongs to this epoch."""
        await self.call_thread(self._start_from, positions, epoch)

    async def _start_from(self, positions: Mapping[TP, int], epoch: int) -> None:
        self._next.update({tp: (offset, epoch) for tp, offset in positions.items()})
        await self._seek_wait(self._ensure_consumer(), positions)

    async def report(self, standing: Mapping[TP, tuple[int, str]]) -> None:
        """Commit where partitions stand, and why where they do not get on: for whoever monitors,
        and read back by no worker. Raises KafkaError."""
        await self.call_thread(self._report, standing)

    async def _report(self, standing: Mapping[TP, tuple[int, str]]) -> None:
        mine = self.assignment()
        await self._ensure_consumer().commit(
            {
                driver.ensure_aiokafka_TP(tp): OffsetAndMetadata(*each)
                for tp, each in standing.items()
                if tp in mine
            }
        )

    async def _fetch_records(self, *args: Any, **kwargs: Any) -> Any:
        try:
            fetched = await super()._fetch_records(*args, **kwargs)
        except NoOffsetForPartitionError:
            return {}  # of a partition that has not been sent to its watermark yet
        return {
            tp: [self._labelled(TP(*tp), records)] for tp, records in fetched.items() if records
        }

    def _labelled(self, tp: TP, records: Any) -> FetchedBatch:
        start, epoch = self._next.get(tp, (-1, -1))
        batch = Batch(tp.topic, tp.partition, start, records, epoch)
        self._next[tp] = batch.end, epoch
        return FetchedBatch(batch)


class Consumer(driver.Consumer):
    """Waits for batches at work before partitions move, and starts after the watermark."""

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def on_partitions_revoked(self, revoked: Any) -> None:
        await super().on_partitions_revoked(revoked)
        await self.app.engine.suspend()

    async def report(self, standing: Mapping[TP, tuple[int, str]]) -> None:
        """See `ConsumerThread.report`."""
        await self._thread.report(standing)

    async def perform_seek(self) -> None:
        """Go to the offset after each watermark; what the group committed is never read."""
        engine = self.app.engine
        open_here = engine.positions()
        positions = {
            TP(*tp): open_here[tp.partition]
            for tp in self.assignment()
            if tp.topic == engine.topic and tp.partition in open_here
        }
        if positions:
            await self._thread.start_from(positions, engine.epoch)


class Transport(driver.Transport):
    """Faust's Kafka transport with batches."""

    Consumer = Consumer
