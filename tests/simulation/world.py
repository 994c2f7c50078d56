"""A deterministic world: one thread, a greenlet for every thread of every process, a virtual clock.

All that could differ between two runs (who runs next, how long a call takes, what fails, who dies)
is drawn from streams of random numbers that are named and seeded, one for each process and purpose:
a seed is a schedule, and taking one fault out of it leaves the draws of the others as they were.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from greenlet import getcurrent, greenlet

NEVER = float("inf")
EPOCH = 1_772_323_200.0
"""2026-03-01T00:00:00Z: what `time.time()` says at virtual second 0."""

_USUAL = 0.97  # share of calls that take milliseconds; the others take up to two seconds


class Killed(BaseException):
    """This process is gone; nothing it does any more has an effect."""


class Stuck(Exception):
    """The schedule did not come to its end in the virtual time it has."""


class Perishable(Protocol):
    """What a process has open that its death does something to."""

    def crash(self, chance: random.Random) -> None: ...


class Process:
    """One process: its tasks, and whether it is dead, frozen or about to die."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.chance = world.stream(name)
        self.dead = False
        self.died_at = NEVER
        self.frozen_at = NEVER
        self.frozen_until = 0.0
        self.dies_in = -1  # steps; below 0: not at all
        self.tasks: list[Task] = []
        self.stores: list[Perishable] = []

    def silent_for(self, now: float) -> float:
        """How long nobody has heard a heartbeat of it."""
        if self.dead:
            return now - self.died_at
        return now - self.frozen_at if self.frozen_until > now else 0.0


class Task(greenlet):
    """A thread of a process."""

    process: Process
    turn = 0  # only the newest entry in the queue wakes it


class World:
    """The scheduler, the clock, and what befalls.

    `kept`: the only faults and events there are, by their names; all of them where it is None.
    """

    def __init__(
        self, seed: int, kinds: frozenset[str], kept: frozenset[str] | None = None
    ) -> None:
        self.seed, self.kinds, self.kept = seed, kinds, kept
        self.now = 0.0
        self.steps = 0
        self.calm = False  # no more faults
        self.pace = 1.0  # how slow everything is
        self.happened: Counter[str] = Counter()
        self.befell: list[str] = []  # names of the faults and events there were
        self.trace: list[str] | None = None
        self.failure: BaseException | None = None
        self.cluster: Any = None
        self.disk: dict[str, dict[bytes, bytes]] = {}
        self._hub = getcurrent()
        self._queue: list[tuple[float, float, int, Task]] = []
        self._waiting: dict[str, list[tuple[Task, int]]] = {}  # by what they wait for
        self._streams: dict[str, random.Random] = {}
        self._drawn: Counter[str] = Counter()
        self.outside = Process(self, "outside")  # all that never dies

    # Random numbers and faults

    def stream(self, purpose: str) -> random.Random:
        """The random numbers for one purpose."""
        found = self._streams.get(purpose)
        if found is None:
            found = self._streams[purpose] = random.Random(f"{self.seed}/{purpose}")
        return found

    def wanted(self, name: str) -> bool:
        """Whether this fault or event is to be; notes that it is."""
        if self.kept is not None and name not in self.kept:
            return False
        self.befell.append(name)
        return True

    def strikes(self, kind: str, fault: str, share: float) -> bool:
        """Whether a fault of a kind befalls the process at work, here and now."""
        if self.calm or kind not in self.kinds:
            return False
        purpose = f"{self.process.name}: {fault}"
        if self.stream(purpose).random() >= share:
            return False
        self._drawn[purpose] += 1
        if not self.wanted(f"{purpose} #{self._drawn[purpose]}"):
            return False
        self.happened[fault] += 1
        self.tell(f"FAULT {fault}")
        return True

    def tell(self, text: str, who: str = "") -> None:
        """A line of the trace."""
        if self.trace is not None:
            self.trace.append(f"{self.now:9.3f}  {who or self.process.name:10} {text}")

    # Scheduling

    @property
    def process(self) -> Process:
        """Which process is at work."""
        return getattr(getcurrent(), "process", self.outside)

    def spawn(
        self, process: Process, call: Callable[..., object], *args: object, delay: float = 0.0
    ) -> Task:
        """A new thread of a process."""
        task = Task(lambda: self._guard(process, call, args), self._hub)
        task.process = process
        process.tasks.append(task)
        self._push(task, self.now + delay)
        return task

    def _guard(
        self, process: Process, call: Callable[..., object], args: tuple[object, ...]
    ) -> None:
        try:
            call(*args)
        except Killed:
            pass
        except Exception as error:
            if not process.dead and self.failure is None:
                self.failure = error

    def _push(self, task: Task, at: float) -> None:
        task.turn += 1
        heapq.heappush(self._queue, (at, task.process.chance.random(), task.turn, task))

    def run(self, until: float) -> None:
        """Let everything run; raises what a thread that nobody waits for has raised, and Stuck."""
        queue = self._queue
        while queue and self.failure is None:
            at, _, turn, task = heapq.heappop(queue)
            process = task.process
            if turn != task.turn or process.dead or task.dead:
                continue
            if process.frozen_until > at:
                self._push(task, process.frozen_until)
                continue
            if at > until:
                raise Stuck(f"not done after {until:.0f} virtual seconds")
            self.now = at
            self.steps += 1
            task.switch()
        if self.failure is not None:
            raise self.failure

    def stop(self) -> None:
        """Nothing runs any more."""
        self._queue.clear()

    def alive(self) -> None:
        """Raises Killed in a process that is dead."""
        if getcurrent().process.dead:  # type: ignore[attr-defined]
            raise Killed

    def step(self, name: str = "", latency: float | None = None) -> None:
        """Let others run; the process may die here."""
        task: Task = getcurrent()  # type: ignore[assignment]
        process = task.process
        if process.dead:
            raise Killed
        if process.dies_in >= 0:
            self._dies(process, name)
        if latency is None:
            draw = process.chance.random()
            latency = self.pace * (0.001 + 0.01 * draw)
            if draw >= _USUAL:
                latency = 2.0 * process.chance.random()
        self._push(task, self.now + latency)
        self._hub.switch()

    def after(self, name: str) -> None:
        """After an effect: the process may die before it learns of it."""
        process = self.process
        if process.dead:
            raise Killed
        if process.dies_in >= 0:
            self._dies(process, f"{name}, which is done")

    def _dies(self, process: Process, name: str) -> None:
        process.dies_in -= 1
        if process.dies_in < 0:
            self.happened["kill"] += 1
            self.tell(f"FAULT killed at {name}")
            self.kill(process)
            raise Killed

    def sleep(self, seconds: float) -> None:
        """Let virtual time go by."""
        self.step("sleep", max(0.0, seconds))

    def park(self, until: float) -> None:
        """Wait until woken, or until a time."""
        task: Task = getcurrent()  # type: ignore[assignment]
        if task.process.dead:
            raise Killed
        if until == NEVER:
            task.turn += 1
        else:
            self._push(task, until)
        self._hub.switch()

    def wake(self, task: Task) -> None:
        """Let a parked thread go on."""
        if not task.dead and not task.process.dead:
            self._push(task, self.now)

    def wait_for(self, what: str, until: float) -> None:
        """Until something changed there (a topic, "transactions", "processes"), or a time."""
        task: Task = getcurrent()  # type: ignore[assignment]
        self._waiting.setdefault(what, []).append((task, task.turn + 1))
        self.park(until)

    def changed(self, what: str) -> None:
        """Wake whoever waits for it."""
        for task, turn in self._waiting.pop(what, ()):
            if task.turn == turn:  # else it went on meanwhile, and waits for something else
                self.wake(task)

    def kill(self, process: Process) -> None:
        """A process ends, wherever it is; what it has not synced may be gone."""
        if process.dead:
            return
        process.dead, process.died_at = True, self.now
        for store in process.stores:
            store.crash(process.chance)
        here = getcurrent()
        for task in process.tasks:
            if task is not here and not task.dead:
                task.parent = here
                with suppress(Killed):
                    task.throw(Killed)
        process.tasks.clear()
        self.changed("processes")


_present: list[World] = []


def enter(world: World) -> World:
    """From now on the simulated libraries are in this world."""
    _present[:] = [world]
    return world


def here() -> World:
    """The world that the simulated libraries are in."""
    return _present[0]


def clock() -> float:
    """Virtual seconds; 0 before there is a world."""
    return _present[0].now if _present else 0.0
