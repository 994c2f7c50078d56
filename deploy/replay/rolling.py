"""`baton restart`: workers, sinks and page of this stack anew, one after the other, without a gap.

A worker keeps its name and with it, for the length of a session, its partitions: whoever is started
in its place goes on where it was, and nobody else has to stop. The next one is touched only when
this one has done all that waited. What has no generation in its name starts with the live one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from deploy.local import process, services, status
from deploy.local.home import Home, StackError, free_port
from deploy.local.process import Running
from deploy.replay import lag, processes
from deploy.replay.installation import Installation, Refused
from deploy.replay.rebuild import paused
from producers.installed import version
from sink.generations import State
from stream import control, scan
from stream.operation import Plan, Steps
from stream.restore import watermarks
from stream.watermark import OtherFormat

KINDS = ("worker", "sink", "serve")
"""In this order: what writes first, then what reads."""

_PATIENCE = 180.0
_EVERY = 0.1


@dataclass(frozen=True)
class One:
    """A process to be restarted, and the generation it is started with."""

    running: Running
    generation: int

    @property
    def name(self) -> str:
        return self.running.name

    @property
    def kind(self) -> str:
        return self.name.split("-")[0]


def chosen(there: Installation, names: Sequence[str]) -> list[One]:
    """The processes of these names or kinds, all where none is given; raises Refused."""
    live = there.live.number
    found = [
        One(running, _generation(running.name) or live)
        for kind in KINDS
        for running in process.find_all(there.home)
        if running.name.split("-")[0] == kind
    ]
    for name in names:
        if not any(name in (each.name, each.kind) for each in found):
            raise Refused(f"no {name} was started by this stack and runs: see baton status")
    return [each for each in found if not names or {each.name, each.kind} & set(names)]


def _generation(name: str) -> int | None:
    ending = name.rpartition("-g")[2]
    return int(ending) if "-g" in name and ending.isdigit() else None


def plan(there: Installation, ones: Sequence[One]) -> Plan:
    """What restarting would do; refused where the state is of a format that this version does not
    know, before anything is stopped."""
    return Plan(
        "restart",
        f"Start {', '.join(each.name for each in ones) or 'nothing'} anew with Baton"
        f" {version()}, one after the other.",
        where=[
            f"{each.name}: Baton {each.running.version}, now for generation {each.generation}"
            for each in ones
        ],
        afterwards=[
            "events of a partition wait in Kafka for the seconds its worker is away",
            *_left(there, ones),
        ],
        refused=list(_refusals(there, {each.generation for each in ones if each.kind == "worker"})),
        lock="restart",
    )


def _left(there: Installation, ones: Sequence[One]) -> Iterator[str]:
    """Which generations that an undo could bring back are served by these alone."""
    if all(_generation(each.name) for each in ones):
        return
    for number, each in there.known.items():
        own = [process.find(there.home, name) for name in processes.names(number)]
        if each.state is State.KEPT and not all(own):
            yield (
                f"generation {number} is kept current no longer, unless by processes elsewhere:"
                " baton replay drop, or an undo to what it has by then"
            )


def _refusals(there: Installation, numbers: set[int]) -> Iterator[str]:
    for number in sorted(numbers):
        history = there.topics(number).history
        for partition, mark in watermarks(there.kafka, history).items():
            if isinstance(mark, OtherFormat):
                yield f"partition {partition} of {history}: {mark}"


def run(there: Installation, ones: Sequence[One]) -> Steps:
    """Restart each and wait until it has caught up. Raises StackError where one does not."""
    away: dict[str, str] = {}
    for one in ones:
        held, began = _held(there.home, one), time.monotonic()
        process.stop(there.home, one.running)
        _start(there, one)
        yield from _until(there, one, lambda: held <= _held(there.home, one))  # noqa: B023
        if held:
            away[f"{one.name} away"] = f"{time.monotonic() - began:.1f} s"
        ends = _ends(there, one)
        yield from _until(there, one, lambda: _done(there, one, ends))  # noqa: B023
        yield 0
    return {"restarted": [one.name for one in ones], **away}


def _start(there: Installation, one: One) -> None:
    home, name = there.home, one.name
    port = next(iter(one.running.ports.values()), None)
    if _generation(name):
        generation = there.find(one.generation)
        processes.start(home, name, generation, port)
    elif one.kind == "worker":
        services.start_worker(home, name, free_port(port))
    elif one.kind == "sink":
        services.start_sink(home)
    else:
        services.start_page(home, port or services.DEFAULT_SERVE_PORT)


def _until(there: Installation, one: One, done: Callable[[], bool]) -> Iterator[int]:
    deadline = time.monotonic() + _PATIENCE
    while not done():
        if time.monotonic() > deadline or process.find(there.home, one.name) is None:
            end = "\n  ".join(process.tail(there.home.log(one.name), 15))
            raise StackError(f"{one.name} has not caught up; the others run on. Its log:\n  {end}")
        yield 0
        time.sleep(_EVERY)


def _held(home: Home, one: One) -> set[int]:
    """The partitions of a worker's generation that workers of this stack have open."""
    found: set[int] = set()
    for running in process.find_all(home) if one.kind == "worker" else ():
        if running.name.startswith("worker"):
            health = status.health(running.ports[running.name]) or {"generation": None}
            if health["generation"] == one.generation:
                opened = [each for each in health["partitions"] if each["offset"] is not None]
                found |= {int(each["partition"]) for each in opened}
    return found


def _ends(there: Installation, one: One) -> dict[int, int]:
    """What has to be done: the end of each partition now, but of those an operator paused."""
    topics = there.topics(one.generation)
    if one.kind == "serve" or (one.kind == "sink" and paused(there)):
        return {}
    if one.kind == "sink":
        return {number: each.end for number, each in scan.whole(there.kafka, topics.log).items()}
    stretches = scan.whole(there.kafka, topics.events)
    words = control.read(there.kafka, topics, stretches)
    return {n: each.end for n, each in stretches.items() if not words[n].paused}


def _done(there: Installation, one: One, ends: Mapping[int, int]) -> bool:
    topics = there.topics(one.generation)
    look = lag.sink if one.kind == "sink" else lag.worker
    return not ends or all(
        each.done >= ends.get(each.partition, 0) or not each.messages
        for each in look(there.kafka, topics)
    )
