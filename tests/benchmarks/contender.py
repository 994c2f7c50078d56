"""One who derives rows from events, as a process or several, and how fast it does so."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Protocol

from deploy.local import process
from deploy.local.home import StackError
from deploy.local.process import Running
from tests.benchmarks.broker import Broker
from tests.benchmarks.feed import Feed

_JOIN_PATIENCE = 60.0
_numbers = count(1)


class Contender(Protocol):
    """What a contender says of itself."""

    @property
    def name(self) -> str:
        """As the table calls it."""

    def prepare(self, broker: Broker, prefix: str) -> tuple[str, str]:
        """Make the topics; returns the names of events' topic and output."""

    def commands(self, broker: Broker, prefix: str) -> Sequence[tuple[list[str], dict[str, str]]]:
        """Command and environment of each of its processes."""

    def ready(self) -> bool:
        """Whether all processes have joined and wait for events."""


@dataclass(frozen=True)
class Measured:
    """What came out of one measurement."""

    contender: str
    events: int
    seconds: float

    @property
    def rate(self) -> float:
        """Events per second."""
        return self.events / self.seconds


class Wrong(Exception):
    """Rows came out that are not the answer; a rate of wrong rows means nothing."""


def measure(broker: Broker, contender: Contender, feed: Feed) -> Measured:
    """Give a feed to a contender and time its rows.

    The feed lies in Kafka, out of sight, until the contender's processes have joined, so that
    neither their start nor a rebalance counts.
    """
    prefix = f"b{next(_numbers)}."
    source, output = contender.prepare(broker, prefix)
    release = broker.load(source, feed.messages)
    with _processes(broker, contender, prefix) as check:
        _wait_ready(contender, check)
        release()
        seconds = broker.seconds(output, feed.answer.rows, check)
    found = broker.answer(output)
    broker.drop(prefix)
    if found != feed.answer:
        raise Wrong(f"{contender.name}: {found} instead of {feed.answer}")
    return Measured(contender.name, len(feed.messages), seconds)


@contextmanager
def _processes(broker: Broker, contender: Contender, prefix: str) -> Iterator[Callable[[], None]]:
    home = broker.home
    started: list[Running] = []

    def check() -> None:
        for one in started:
            if one.process() is None:
                end = "\n  ".join(process.tail(home.log(one.name), 15))
                raise StackError(f"{contender.name} ended:\n  {end}")

    try:
        for number, (command, environ) in enumerate(contender.commands(broker, prefix)):
            name = f"{prefix}{number}"
            started.append(process.start(home, name, command, environ))
        yield check
    finally:
        for one in started:
            process.stop(home, one)


def _wait_ready(contender: Contender, check: Callable[[], None]) -> None:
    deadline = time.monotonic() + _JOIN_PATIENCE
    while not contender.ready():
        check()
        if time.monotonic() > deadline:
            raise TimeoutError(f"{contender.name} had not joined after {_JOIN_PATIENCE:g} s")
        time.sleep(0.1)


def python(module: str) -> list[str]:
    """Command of a contender written in Python."""
    return [sys.executable, "-m", module]
