"""What a further event costs a contact of 10,000 events, against a contact of 10.

`python -m tests.benchmarks.long_history`; the derivation and its store alone, no Kafka.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

import click
from rich.console import Console
from rich.table import Table

from stream.batch import Batch, Deriver, Message
from stream.decode import Decoder
from stream.history import Horizon
from stream.store import Changes, Store
from stream.watermark import Watermark
from tests.benchmarks.feed import AGENTS, assignment, identifier

LONG, SHORT = 10_000, 10
CONTACTS = 20
_ROUNDS = 50  # batches measured, each with one event of each contact
_BATCH = 5_000


class Aged:
    """A store of some contacts with so many events each, all of one partition."""

    def __init__(self, directory: Path, events: int, room: int) -> None:
        self._random = Random(events)
        self._horizon, self._directory = Horizon(events=events + room), directory
        self._offset = 0
        self._events = events
        self._open()
        numbers = (2 * number for number in range(events))
        history = [self._message(contact, n) for n in numbers for contact in range(CONTACTS)]
        for start in range(0, len(history), _BATCH):
            self._take(history[start : start + _BATCH])
        # As after a restart: what is measured reads from files, not from the newest memory.
        self._store.close()
        self._open()

    def _open(self) -> None:
        self._store = Store(self._directory, self._horizon)
        decoder = Decoder(262_144, None)
        self._deriver = Deriver(self._store, decoder, self._horizon, 1)

    def _message(self, contact: int, number: int) -> Message:
        agent = self._random.randrange(AGENTS)
        made = assignment(self._random, identifier(self._random), contact, number, agent)
        self._offset += 1
        return Message(self._offset - 1, 0, made.key, made.value, ())

    def _take(self, messages: list[Message]) -> None:
        batch = Batch("events", 0, messages[0].offset, messages)
        changes = Changes()
        for _ in self._deriver.derive(batch, changes):
            pass
        self._store.write(changes, Watermark(batch.end - 1, "", 1, self._horizon), 0, 0.0)

    def in_order(self) -> float:
        """Seconds per further event at the end."""
        return self._cost(lambda turn: 2 * (self._events + turn))

    def late(self) -> float:
        """Seconds per further event in the middle of the history."""
        return self._cost(lambda turn: 2 * (turn * self._events // _ROUNDS) + 1)

    def _cost(self, number: Callable[[int], int]) -> float:
        spent = []
        for turn in range(_ROUNDS):
            batch = [self._message(contact, number(turn)) for contact in range(CONTACTS)]
            started = time.thread_time()
            self._take(batch)
            spent.append((time.thread_time() - started) / CONTACTS)
        self._events += _ROUNDS
        return median(spent)

    def close(self) -> None:
        """Let the store go."""
        self._store.close()


def costs() -> Iterator[tuple[str, float, float]]:
    """Microseconds per event: what is done, on a short history, on a long one."""
    with _aged(3 * _ROUNDS) as (short, long):
        yield "in order", short.in_order() * 1e6, long.in_order() * 1e6
        yield "late", short.late() * 1e6, long.late() * 1e6
    with _aged(0) as (short, long):
        yield "in order, the oldest goes", short.in_order() * 1e6, long.in_order() * 1e6


@contextmanager
def _aged(room: int) -> Iterator[tuple[Aged, Aged]]:
    """A short and a long history under horizons that hold so many more events than are there."""
    with TemporaryDirectory(prefix="baton-bench-") as directory:
        short = Aged(Path(directory, "short"), SHORT, room)
        long = Aged(Path(directory, "long"), LONG, room)
        gc.collect()
        gc.freeze()
        yield short, long
        short.close()
        long.close()


@click.command()
def long_history() -> None:
    """Compare contacts with a long and a short history, event by event."""
    table = Table(title="Processor time per further event, in microseconds", title_justify="left")
    table.add_column("")
    for column in (f"{SHORT} events", f"{LONG:,} events", "ratio"):
        table.add_column(column, justify="right")
    for name, short, long in costs():
        table.add_row(name, f"{short:.1f}", f"{long:.1f}", f"{long / short:.2f}")
    Console().print(table)


if __name__ == "__main__":
    long_history()
