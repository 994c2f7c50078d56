"""One schedule: workers, sinks, producers, a reader, a person, trouble, and what came of it all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from typing import Any

from producers.kafka import Topics
from sink.consumer import Sink
from sink.group import Group
from sink.refusal import Refused as SinkRefused
from sink.writer import Unavailable
from stream.settings import Settings
from tests.simulation import causes, invariants, load, plan, reader
from tests.simulation.clickhouse import Server, Target
from tests.simulation.installed import Path, unhurried
from tests.simulation.kafka.cluster import Cluster
from tests.simulation.person import Person
from tests.simulation.state import PARTITIONS, State
from tests.simulation.worker import Worker
from tests.simulation.world import Process, Stuck, World, enter

unhurried()

_CALM_WITHIN = 1200.0  # virtual seconds after which all must be caught up, once all is healed
_HANGING_SEEN = 320.0  # and those after which a person restarts workers, where a marker is missing
_LONGEST = 3000.0
_FLOOD = {"flood_window": 20, "flood_share": 0.5}
_REFUSED_FOR_GOOD = 15


class Stopping:
    """Whether the sinks are to come to an end."""

    def __init__(self, person: Person) -> None:
        self._person = person

    def is_set(self) -> bool:
        return self._person.stopping_sinks


class Schedule(State):
    """A world and all that is in it."""

    def __init__(self, world: World) -> None:
        self.world = enter(world)
        self.topics, self.kafka = Topics(), {"bootstrap.servers": "simulated:9092"}
        names = (self.topics.events, self.topics.dead, self.topics.log, self.topics.history)
        self.cluster = world.cluster = Cluster(
            world, {**dict.fromkeys(names, PARTITIONS), f"{self.topics.dead}.done": 0}
        )
        self.clickhouse = Server(world)
        self.person = Person(self)
        self.workers: dict[str, Process] = {}
        self.sinks: dict[str, Process] = {}
        self.looks: list[reader.Look] = []
        self.lost_events: set[tuple[int, int]] = set()
        self.lost_rows: set[bytes] = set()
        self.ended_themselves: list[tuple[float, str]] = []
        self.without_cause: list[str] = []
        self.refused: Counter[str] = Counter()
        self.ended_by = ""  # what lets the workers refuse for good
        self.half = False
        self.sent, self.sending = False, 0
        self.last_away = self.last_frozen = 0.0
        self._running: dict[str, Worker] = {}
        self._stopped: dict[int, str] = {}

    def run(self, allowed: Collection[str] = ()) -> None:
        """Raises Broken where an invariant does not hold that is not among `allowed`."""
        world = self.world
        world.pace = 25.0 if "slow" in world.kinds else 1.0
        made = plan.make(world, load.Feed(self.topics, f"{world.seed}/feed").message)
        for call in (load.send_all, load.trouble_all):
            world.spawn(world.outside, call, self, made)
        for watch in (self._coordinate, self._end, self.person.work):
            world.spawn(world.outside, watch)
        world.spawn(world.outside, reader.watch, self)
        for number in range(2 if "more" in world.kinds else 1):
            for name, work, where in (
                (f"worker-{number}", self._work, self.workers),
                (f"sink-{number}", self._sink, self.sinks),
            ):
                world.spawn(world.outside, self._keep, name, work, where)
        try:
            world.run(_LONGEST)
        except Stuck as stuck:
            raise invariants.Broken("goes on", f"{stuck}; refused: {dict(self.refused)}") from None
        except Exception as error:
            raise invariants.Broken("no crash", f"{type(error).__name__}: {error}") from error
        finally:
            self._tear_down()
        invariants.check(self, allowed)

    def _tear_down(self) -> None:
        self.world.calm = True
        for process in [*self.workers.values(), *self.sinks.values(), self.world.outside]:
            self.world.kill(process)

    def settings(self, instance: str) -> Settings:
        """A worker's."""
        flood: Any = _FLOOD if "flood" in self.world.kinds else {"flood_share": 1.0}
        return Settings(
            topics=self.topics,
            kafka=self.kafka,
            instance=instance,
            state=Path("/state"),  # type: ignore[arg-type]
            session_timeout=10.0,
            **flood,
        )

    # Processes

    def process(self, number: int) -> Process:
        """One of the processes there are."""
        found = [*self.workers.values(), *self.sinks.values()]
        return found[number % len(found)]

    def _keep(self, name: str, work: Callable[[Process], None], where: dict[str, Process]) -> None:
        """Starts a process, and another one when it has ended."""
        world = self.world
        chance = world.stream(f"{name}: restarts")
        while True:
            if where is self.sinks and self.person.stopping_sinks:
                world.sleep(1.0)
                continue
            process = where[name] = Process(world, name)
            world.tell("starts", name)
            world.spawn(process, work, process)
            while not process.dead:
                world.wait_for("processes", world.now + 60.0)
            self._ended(name, process)
            world.sleep(chance.choice([0.2, 2.0, 25.0]) * chance.random())

    def _ended(self, name: str, process: Process) -> None:
        at = getattr(process, "ended_itself", None)
        worker = self._running.get(name)
        if at is None or worker is None:
            return
        self.world.happened["a worker ends itself"] += 1
        if not worker.has_failed:  # else it was on its way out
            self.ended_themselves.append((at, name))

    def _work(self, process: Process) -> None:
        worker = self._running[process.name] = Worker(
            self.world, process, self.settings(process.name)
        )
        worker.run()
        if worker.failed is not None:
            self._refused(worker, worker.failed)
        process.dies_in = -1
        self.world.kill(process)

    def _refused(self, worker: Worker, error: BaseException) -> None:
        text = f"{type(error).__name__}: {error}"
        self.world.tell(f"ENDS: {text}")
        self.world.happened[f"worker ends: {type(error).__name__}"] += 1
        self.refused[text[:150]] += 1
        for number in worker.assigned_at:
            self._stopped[number] = text
        if why := causes.missing(self, worker, error):
            self.without_cause.append(why)

    def stopped(self) -> dict[int, str]:
        """What stopped partitions say, those of workers that ended, too; each once."""
        found, self._stopped = self._stopped, {}
        for worker in self._running.values():
            found |= worker.stopped()
        return found

    def _sink(self, process: Process) -> None:
        group = Group(self.kafka, self.topics)
        sink = Sink(group, Target(self.clickhouse), clock=lambda: self.world.now)
        try:
            sink.run(Stopping(self.person))
        except SinkRefused as error:
            self.world.tell(f"ENDS: {error}".replace("\n", " "))
            self.refused[f"sink: {error.refusal.impossible.name}"] += 1
            if why := causes.missing_of_sink(self, error.refusal):
                self.without_cause.append(why)
            self.person.refusals.append(error.refusal)
        except Unavailable as error:
            self.refused[f"sink ends: {error}"] += 1
        group.close()
        process.dies_in = -1
        self.world.kill(process)

    def _coordinate(self) -> None:
        world, chance = self.world, self.world.stream("coordinator")
        while True:
            if not self.cluster.away and self.cluster.tick():
                world.step("coordinator", 0.001 + 0.02 * chance.random())
            else:
                busy = any(e.state == "ongoing" for e in self.cluster.transactions.values())
                world.wait_for("decisions", world.now + (1.0 if busy else 10.0))

    # The end

    def _end(self) -> None:
        """Heal everything, wait until all is caught up, and let the schedule end."""
        world = self.world
        while not self.sent or self.sending:
            world.sleep(5.0)
        self._heal()
        deadline, restart = world.now + _CALM_WITHIN, world.now + _HANGING_SEEN
        while not self._caught_up() and not self._refused_for_good():
            if world.now > restart and self.cluster.hangs("baton-worker"):
                restart = deadline
                world.happened["a person restarts workers"] += 1
                for process in self.workers.values():
                    world.kill(process)
            if world.now > deadline:
                raise Stuck(f"not caught up {_CALM_WITHIN:.0f} s after all was healed")
            world.sleep(2.0)
        world.stop()

    def _heal(self) -> None:
        world = self.world
        world.tell("ALL IS HEALED from here on", "")
        world.calm, world.pace = True, 1.0
        self.cluster.away_until = self.clickhouse.away_until = 0.0
        for process in [*self.workers.values(), *self.sinks.values()]:
            process.dies_in, process.frozen_until = -1, 0.0

    def _refused_for_good(self) -> bool:
        said = self.refused.items()
        half = sum(count for why, count in said if causes.is_half(why))
        if half > _REFUSED_FOR_GOOD or (half and self.ended_by):
            self.half, self.ended_by = True, self.ended_by or "half a transaction"
            return True
        if not self.ended_by:
            return False
        whole = sum(count for why, count in said if causes.for_good(why))
        if whole <= 2 * len(self.workers):
            return False
        if self.cluster.hangs("baton-worker"):  # only a worker that opens a partition ends it
            self.half = True
            return True
        return all(map(self.is_sunk, range(PARTITIONS)))

    def _caught_up(self) -> bool:
        for number in range(PARTITIONS):
            events = self.derivable(number)
            if self.ended_by or self._events(number).open or not self.is_sunk(number):
                return False
            if events and self.watermark(number) < events[-1]:
                return False
        return not self.person.refusals
