"""All partitions of one worker process: which are open, who is at work on them, how they fare."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from confluent_kafka import KafkaException

from stream import control, hanging
from stream.batch import Batch
from stream.dead_letters import Flood
from stream.extent import Gauge
from stream.partition import Partition
from stream.settings import Settings

log = logging.getLogger("baton.worker")

T = TypeVar("T")

FAILED = 70  # exit code: internal error (sysexits.h)
_WAY_OUT = 10.0  # seconds an orderly end may take after a failure
_LOOK_AGAIN = 1.0  # seconds until a stopped partition sees whether it may go on


@dataclass
class Progress:
    """How one assigned partition fares."""

    since: float = field(default_factory=time.monotonic)  # of the last progress
    waits_since: float | None = None  # since when an event is known to wait
    waiting: int = 0  # offsets from its position to the last that is decided, while one waits
    at_work: bool = False
    stopped: str = ""


class Engine:
    """Opens, drives and closes partitions; blocking work runs in threads, one per partition."""

    def __init__(
        self, settings: Settings, partitions: int, topic_id: str, gauge: Gauge | None = None
    ) -> None:
        self.topic = settings.topics.events
        self.epoch = 0
        self.outcomes: Counter[str] = Counter()
        self.progress: dict[int, Progress] = {}
        self.silent_since: float | None = None  # monotonic; since when Kafka has not answered
        self._settings, self._count, self._topic_id = settings, partitions, topic_id
        self._generation = 0
        self._gauge = gauge or Gauge(settings.kafka)
        self._open: dict[int, Partition] = {}
        self._locks = {number: asyncio.Lock() for number in range(partitions)}
        # One for each partition, and one to hear the operator when all of those wait for Kafka.
        self._threads = ThreadPoolExecutor(partitions + 1, "partition")

    def positions(self) -> dict[int, int]:
        """The next offset of each open partition."""
        return {number: partition.position for number, partition in self._open.items()}

    def settled(self) -> dict[int, int]:
        """The offset in each open partition before which nothing can be taken back any more."""
        return {number: partition.settled for number, partition in self._open.items()}

    async def open_assigned(self, assigned: Iterable[int], generation: int) -> None:
        """Close what has gone, open what has come; what stayed is left as it is.

        Nothing stayed where this worker was no member of the group's last generation (it was frozen
        beyond its session, say): another may have owned the partition meanwhile.
        """
        wanted = set(assigned)
        kept = wanted if generation <= self._generation + 1 else set()
        self._generation = generation
        for number in set(self.progress) - wanted:
            del self.progress[number]
        await asyncio.gather(*(self._close(number) for number in set(self._open) - kept))
        for number in wanted - set(self._open):
            self.progress[number] = Progress()
        await asyncio.gather(*(self._open_one(number) for number in wanted - set(self._open)))

    async def _open_one(self, number: int) -> None:
        partition = Partition(self._settings, number, self._count, self._topic_id, self._gauge)
        async with self._locks[number]:
            try:
                await self._in_thread(partition.open)
            except Exception as error:
                self._fail(number, error)
                raise
            self._open[number] = partition
        self.progress[number] = Progress()

    async def _close(self, number: int) -> None:
        async with self._locks[number]:
            await self._in_thread(self._open.pop(number).close)

    async def suspend(self) -> None:
        """Let batches at work finish; those fetched before now are dropped, and fetched again."""
        self.epoch += 1
        for lock in self._locks.values():
            async with lock:
                pass

    async def process(self, batch: Batch) -> None:
        """Process a batch, waiting where its partition is paused or stopped by a flood.

        A batch that was fetched before a rebalance is dropped: its partition starts again after
        the watermark.
        """
        while True:
            async with self._locks[batch.partition]:
                if batch.epoch != self.epoch or batch.partition not in self._open:
                    return
                if await self._try(self._open[batch.partition], batch):
                    return
            await asyncio.sleep(_LOOK_AGAIN)

    async def _try(self, partition: Partition, batch: Batch) -> bool:
        progress = self.progress[partition.number]
        progress.at_work = True
        try:
            if partition.word.paused:
                return self._stop(progress, "paused by `baton pause`")
            outcomes = await self._in_thread(partition.process, batch)
        except Flood as flood:
            return self._stop(progress, str(flood))
        except Exception as error:
            self._fail(partition.number, error)
            raise
        finally:
            progress.at_work = False
        self.outcomes.update(outcomes)
        progress.since, progress.stopped = time.monotonic(), ""
        progress.waits_since = None
        return True

    def _stop(self, progress: Progress, why: str) -> bool:
        if progress.stopped != why:
            log.error("%s", why)
        progress.stopped = why
        return False

    def _fail(self, number: int, error: Exception) -> None:
        """The process has to end: this error ends the agent, and with it the worker.

        Should the way out be blocked (a rebalance waits for this batch, the shutdown for the
        rebalance), the process ends without it: nothing uncommitted counts.
        """
        self.progress[number].stopped = f"failed: {error}"
        log.critical("partition %d: %s; the worker ends", number, error)
        last_resort = threading.Timer(_WAY_OUT, os._exit, [FAILED])
        last_resort.daemon = True
        last_resort.start()

    async def heed(self) -> None:
        """Learn what the operator has said of every open partition, what waits in it, and whether
        Kafka answers."""
        mine = self.positions()
        if not mine:
            return
        try:
            words, waiting, marked = await self._in_thread(self._ask, mine)
        except KafkaException:
            self.silent_since = self.silent_since or time.monotonic()
            for progress in self.progress.values():
                progress.waits_since = None
            return
        self.silent_since = None
        for number in mine.keys() & self._open.keys():
            partition = self._open[number]
            partition.word = words[number]
            if number in marked:
                partition.settled = max(partition.settled, mine[number])
            still = partition.position == mine[number]
            self._note(self.progress[number], waiting.get(number, 0), still)

    def _ask(
        self, mine: dict[int, int]
    ) -> tuple[dict[int, control.Word], dict[int, int], set[int]]:
        """The words, how much waits for each position where a committed event does, and where all
        transactions have their markers."""
        settings = self._settings
        words = control.read(settings.kafka, settings.topics, mine)
        names = hanging.written(settings.topics)
        ends = self._gauge.everywhere([(name, number) for name in names for number in mine])
        open_in = {number for (_, number), extent in ends.items() if extent.open}
        extents = self._gauge.extents(self.topic, mine)
        found = self._gauge.waiting(self.topic, mine, extents)
        waiting = {number: extents[number].stable - mine[number] for number in found}
        return words, waiting, mine.keys() - open_in

    def _note(self, progress: Progress, waiting: int, still: bool) -> None:
        progress.waiting = waiting
        if not (waiting and still):
            progress.waits_since = None
        elif progress.waits_since is None:
            progress.waits_since = time.monotonic()

    async def close(self) -> None:
        """Finish what is at work and let everything go."""
        await self.suspend()
        await asyncio.gather(*(self._close(number) for number in list(self._open)))
        self._threads.shutdown()
        self._gauge.close()

    async def _in_thread(self, call: Callable[..., T], *args: object) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, call, *args)
