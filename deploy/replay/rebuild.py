"""`baton replay rebuild`: all events derived once more, into a generation beside the live one."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local import process
from deploy.local.home import StackError
from deploy.replay import lag, processes
from deploy.replay.installation import Installation, Refused
from deploy.replay.sending import correct, send
from sink import chain, exchange
from sink.generations import Generation, State
from stream import scan, topics
from stream.operation import Plan, Steps

CURRENT = 10.0
"""Seconds that the first message a generation has not done may have waited for it to count as
caught up. Workers tell where they are every 5 seconds."""

_EVERY = 1.0


@dataclass(frozen=True)
class Wish:
    """What to rebuild under: horizon, and files with events that are to be sent first.

    `corrections` hold the right events for wrong ones with the same ids.
    """

    horizon_days: float
    horizon_events: int
    inputs: Sequence[Path] = ()
    corrections: Sequence[Path] = ()


def target(there: Installation, wish: Wish) -> Generation:
    """The generation to build: one that was begun, or a new one. Raises Refused."""
    known = there.known
    for begun in known.values():
        if begun.state is State.BUILDING:
            if (begun.horizon_days, begun.horizon_events) != (
                wish.horizon_days,
                wish.horizon_events,
            ):
                raise Refused(
                    f"generation {begun.number} was begun with a horizon of"
                    f" {begun.horizon_days:g} days and {begun.horizon_events} events: go on with"
                    f" that, or drop it first: baton replay drop {begun.number} --execute"
                )
            return begun
    number = max(known) + 1
    return Generation(
        number,
        State.BUILDING,
        exchange.database_of(there.address, number),
        chain.new_landing(number),
        wish.horizon_days,
        wish.horizon_events,
    )


def plan(there: Installation, new: Generation, wish: Wish) -> Plan:
    """What rebuilding would do; raises KafkaException."""
    its = there.topics(new.number)
    stretches = scan.whole(there.kafka, its.events)
    lost = [number for number, each in stretches.items() if each.start > 0]
    names = [*map(str, wish.inputs), *map(str, wish.corrections)]
    files = f", after sending {', '.join(names)}" if names else ""
    return Plan(
        "replay rebuild",
        f"Derive all of {its.events} again as generation {new.number}{files}.",
        where=[
            f"partition {number}: offsets {start} to {end}"
            for number, (start, end) in stretches.items()
        ],
        messages=sum(each.length for each in stretches.values()),
        afterwards=[
            f"topics {its.log}, {its.history} and {its.dead}, database {new.database}",
            f"a horizon of {new.horizon_days:g} days and {new.horizon_events} events per contact",
            "readers see what they saw; worker and sink of the new generation keep it current",
            f"then: baton replay compare {new.number}, baton replay exchange {new.number}",
        ],
        refused=[
            f"partition {number} of {its.events} begins at offset {stretches[number].start}: what"
            " came before would be missing"
            for number in lost
        ]
        + (["the sinks are paused: baton sink resume --execute"] if paused(there) else []),
        lock="generations",
    )


def run(there: Installation, new: Generation, wish: Wish) -> Steps:
    """Make what is missing, start its processes, wait until it has caught up.

    What an interruption leaves is taken up by the next run; its processes are stopped.
    """
    for path in wish.inputs:
        yield from send(there, new.number, path)
    yield from correct(there, new.number, list(wish.corrections))
    topics.create(dict(there.kafka), there.topics(new.number))
    if new.number not in there.known:
        exchange.create(there.address, there.client, new)
    began = time.monotonic()
    try:
        processes.ensure(there.home, there.kafka, there.topics(new.number), new)
        yield from caught_up(there, new)
    except BaseException:
        processes.stop(there.home, new.number)
        raise
    return {
        "generation": new.number,
        "seconds_to_catch_up": round(time.monotonic() - began, 1),
        "next": f"baton replay compare {new.number}",
    }


def paused(there: Installation) -> bool:
    """Whether an operator has paused the sinks, of whatever generation."""
    return chain.is_paused(there.client, there.address.database)


def caught_up(there: Installation, generation: Generation) -> Iterator[int]:
    """Wait until its worker and sink are as current as they can be under a live feed; paused sinks
    are not waited for.

    Yields events that were derived. Raises StackError if a process of it ends.
    """
    its, before = there.topics(generation.number), 0
    while True:
        worker = lag.worker(there.kafka, its)
        done = sum(each.done for each in worker)
        yield max(0, done - before)
        before = max(before, done)
        behind = worker if paused(there) else [*worker, *lag.sink(there.kafka, its)]
        if all(each.seconds < CURRENT for each in behind):
            return
        for name in process.ended(there.home):
            if name in processes.names(generation.number):
                raise StackError(f"{name} has ended; see: baton logs {name}")
        time.sleep(_EVERY)
