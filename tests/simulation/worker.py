"""What Faust does for the worker, in the order in which faust-streaming 0.15.3 does it.

revoked: flow off, queues cleared, then the product's `on_partitions_revoked`; assigned: its
`on_rebalance_complete`, then its `perform_seek`, flow on. Agent, timers and signals are those that
`stream.app` registers, batches are labelled by the product's own `ConsumerThread`.
The order was read in its source; no test asks the real one for it yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from confluent_kafka import KafkaException
from faust.types import TP

from stream import app as product
from stream import transport
from stream.batch import Batch, Message
from stream.engine import Engine
from stream.run import check_topics
from stream.settings import Settings
from stream.topics import identity
from tests.simulation.kafka.cluster import Cluster, call
from tests.simulation.kafka.group import GroupClient
from tests.simulation.loop import Loop
from tests.simulation.world import Process, World

_WAIT = 6.0  # seconds a fetch waits for something
_BUFFERED = 4  # batches of a partition, as `stream_buffer_maxsize` says
_SIZES = (1, 2, 5, 20_000)  # most messages of a batch

Timer = tuple[float, Callable[[], Awaitable[None]]]


class OutOfRange(Exception):
    """What aiokafka raises where events are gone (`auto_offset_reset` is `none`)."""


class Signal:
    """A signal of Faust's app."""

    def __init__(self) -> None:
        self._call: Callable[..., Awaitable[None]] | None = None

    def connect(self, call: Callable[..., Awaitable[None]]) -> None:
        self._call = call

    async def send(self) -> None:
        if self._call is not None:
            await self._call(None)


class App:
    """Stands where the product expects a Faust app."""

    def __init__(self, world: World, settings: Settings, engine: Engine) -> None:
        self.engine, self.rebalancing = engine, True
        self.consumer_generation_id = 0
        self.agents: list[Callable[[AsyncIterator[Batch]], Awaitable[None]]] = []
        self.timers: list[Timer] = []
        self.on_rebalance_complete, self.on_before_shutdown = Signal(), Signal()
        self.consumer = Consumer(world, settings, self)
        product._connect(self, settings)  # type: ignore[arg-type]

    def topic(self, name: str, **_: object) -> str:
        return name

    def agent(self, topic: str, **_: object) -> Callable[..., None]:
        return self.agents.append

    def timer(self, interval: float) -> Callable[..., None]:
        return lambda call: self.timers.append((interval, call))


class Consumer:
    """Stands where Faust's consumer and its thread would be."""

    def __init__(self, world: World, settings: Settings, app: App) -> None:
        self._world, self._settings, self.app = world, settings, app
        self._topic = settings.topics.events
        self._next: dict[TP, tuple[int, int]] = {}  # of the product's ConsumerThread
        self._thread = self
        self.positions: dict[int, int] = {}
        self.assigned: list[int] = []
        self.client = GroupClient(
            settings.group, self._topic, settings.session_timeout, settings.instance
        )

    @property
    def cluster(self) -> Cluster:
        found: Cluster = self._world.cluster
        return found

    def assignment(self) -> set[TP]:
        return {TP(self._topic, number) for number in self.assigned}

    async def start_from(self, positions: Mapping[TP, int], epoch: int) -> None:
        """In the thread of the consumer, as the product's own."""
        await in_thread(self._world.step, "seek")
        self._world.tell(f"reads on at {_shown(positions)}")
        await transport.ConsumerThread._start_from(self, positions, epoch)  # type: ignore[arg-type]

    def _ensure_consumer(self) -> Consumer:
        return self

    async def _seek_wait(self, consumer: Consumer, positions: Mapping[TP, int]) -> None:
        # Label and position change together: aiokafka's seek waits for nothing.
        self.positions.update({tp.partition: offset for tp, offset in sorted(positions.items())})

    async def perform_seek(self) -> None:
        await transport.Consumer.perform_seek(self)  # type: ignore[arg-type]

    async def report(self, standing: Mapping[TP, tuple[int, str]]) -> None:
        await in_thread(self._report, standing)

    def _report(self, standing: Mapping[TP, tuple[int, str]]) -> None:
        try:
            call("report of lag")
            self.client.check()
        except KafkaException:
            return  # what aiokafka raises is left for the next report
        for tp, said in standing.items():
            self.client.group.offsets[self._topic, tp.partition] = said

    def fetch(self) -> list[tuple[int, Batch]]:
        """What has come, waited for a while; in the consumer's thread."""
        world = self._world
        world.step("fetch")
        deadline = world.now + _WAIT
        while True:
            found = [] if self.cluster.away else self._fetched()
            if found or world.now >= deadline:
                return found
            world.wait_for(self._topic, deadline)
            world.alive()

    def _fetched(self) -> list[tuple[int, Batch]]:
        found = []
        for number, position in list(self.positions.items()):
            log = self.cluster.logs[self._topic, number]
            if not log.start <= position <= log.end:
                raise OutOfRange(f"{self._topic}/{number}: offset {position} is not there")
            count = self._world.process.chance.choice(_SIZES)
            records, self.positions[number], _ = log.read(position, count, True)
            if records:
                some = [Message(r.offset, r.timestamp, r.key, r.value, r.headers) for r in records]
                tp = TP(self._topic, number)
                made = transport.ConsumerThread._labelled(self, tp, some)  # type: ignore[arg-type]
                found.append((number, made.value))
        return found


async def in_thread(work: Callable[..., Any], *args: object) -> Any:
    """In a thread of the process."""
    return await asyncio.get_running_loop().run_in_executor(None, work, *args)


def _shown(positions: Mapping[TP, int]) -> str:
    return ", ".join(f"{tp.partition}/{offset}" for tp, offset in sorted(positions.items()))


class Worker:
    """One worker process."""

    def __init__(self, world: World, process: Process, settings: Settings) -> None:
        self._world, self._process, self._settings = world, process, settings
        self.name = process.name
        self.engine: Engine | None = None
        self.failed: BaseException | None = None
        self.assigned_at: dict[int, float] = {}

    @property
    def has_failed(self) -> bool:
        """Whether it is on its way out."""
        return any(said.startswith("failed") for said in self.stopped().values())

    def stopped(self) -> dict[int, str]:
        """What its health says of partitions that are stopped."""
        progress = self.engine.progress if self.engine else {}
        return {number: each.stopped for number, each in progress.items() if each.stopped}

    def run(self) -> None:
        """From start to end; what ended it is in `failed`."""
        try:
            partitions = check_topics(self._settings)
            topic = identity(self._settings.kafka, self._settings.topics.events)
            Loop(self._world, self._process).run(self._main(partitions, topic))
        except Exception as error:
            self.failed = self.failed or error

    async def _main(self, partitions: int, topic_id: str) -> None:
        self.engine = Engine(self._settings, partitions, topic_id)
        self.app = App(self._world, self._settings, self.engine)
        self.consumer = self.app.consumer
        self._flow = asyncio.Event()
        self._queues = {n: asyncio.Queue[Batch](_BUFFERED) for n in range(partitions)}
        jobs = [self._membership(), self._fetching()]
        jobs += [self.app.agents[0](_each(queue)) for queue in self._queues.values()]
        jobs += [_every(*each) for each in self.app.timers]
        tasks = [asyncio.ensure_future(job) for job in jobs]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            self.failed = task.exception() or self.failed
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.app.on_before_shutdown.send()

    async def _membership(self) -> None:
        chance = self._world.stream(f"{self._process.name}: membership")
        while True:
            await asyncio.sleep(0.5 + 2.5 * chance.random())
            while (found := self.consumer.client.poll()) is not None:
                told, numbers = found
                self._world.happened[f"worker: {told}"] += 1
                self._world.tell(f"group says {told} {numbers}")
                if told == "assign":
                    await self._assigned(numbers)
                else:
                    await self._revoked()

    async def _revoked(self) -> None:
        self.app.rebalancing = True
        self._flow.clear()
        for queue in self._queues.values():
            while not queue.empty():
                queue.get_nowait()
        await self.app.engine.suspend()

    async def _assigned(self, numbers: list[int]) -> None:
        consumer = self.consumer
        consumer.assigned = numbers
        if not self.has_failed:  # what it fails of befell it before
            self.assigned_at = dict.fromkeys(numbers, self._world.now)
        for gone in set(consumer.positions) - set(numbers):
            del consumer.positions[gone]
        for new in set(numbers) - set(consumer.positions):
            kept = consumer.client.group.offsets.get((self._settings.topics.events, new))
            if kept is not None:  # aiokafka goes there by itself before Faust seeks
                consumer.positions[new] = kept[0]
        generation = consumer.client.group.generation
        self.app.consumer_generation_id = generation
        await self.app.on_rebalance_complete.send()
        if consumer.client.group.generation != generation:
            return
        await consumer.perform_seek()
        self.app.rebalancing = False
        self._flow.set()

    async def _fetching(self) -> None:
        while True:
            await self._flow.wait()
            found = await in_thread(self.consumer.fetch)
            if not self._flow.is_set():
                await self.consumer.perform_seek()
                continue
            for number, batch in found:
                if number in self.consumer.assigned:
                    await self._queues[number].put(batch)


async def _each(queue: asyncio.Queue[Batch]) -> AsyncIterator[Batch]:
    while True:
        yield await queue.get()


async def _every(interval: float, call: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(interval)
        await call()
