"""Doing what was planned. What is durable after each step, and what a crash there leaves:

1. mark the intent: the range is in the committed offset's metadata. Nothing is in ClickHouse; the
   next reader repeats the range.
2. register (the first range of a partition only): ClickHouse knows the partition. The next reader
   repeats the range and registers it again.
3. insert: the rows are there, in all views' targets, or in some of them if the crash was
   ClickHouse's. The next reader repeats the range under the same token, and each target drops what
   it has.
4. mark as written: the range's end is the committed offset. Nothing is left to do.

A step that fails ends the run; it is repeated from step 1 on, which also proves that the partition
is still ours: a sink that lost it fails there, before it writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from sink.plan import Action, Insert, Mark, Register
from sink.ranges import Source
from sink.state import State
from stream import faults


class Unavailable(Exception):
    """Kafka or ClickHouse cannot do it now; the same may work later."""


class Ledger(Protocol):
    """Where it is remembered what was written: the group's committed offsets."""

    def mark(self, source: Source, state: State) -> None:
        """Remember `state`; raises Unavailable, also when the partition is another's by now."""


class Target(Protocol):
    """Where rows go."""

    def registered(self, topic: str, partition: int) -> set[str]:
        """Ids of the topics of this name that `register` was called for; raises Unavailable."""

    def register(self, source: Source) -> None:
        """Remember that rows of `source` follow; raises Unavailable."""

    def asks_to_wait(self) -> bool:
        """Whether an operation asks that no insert is begun now; raises Unavailable."""

    def insert(self, insert: Insert) -> None:
        """Write the rows unless they were under the same token; raises Unavailable, after which
        they may be there in part, or Refused."""


class Writer:
    """Executes planned actions, in order."""

    def __init__(self, ledger: Ledger, target: Target) -> None:
        self._ledger = ledger
        self._target = target

    def run(self, actions: Sequence[Action]) -> Iterator[State]:
        """Do all of it, or raise Unavailable or Refused at the first that fails.

        Yields each state as soon as it is what is remembered: planning again must start from it.
        """
        for action in actions:
            self._do(action)
            if isinstance(action, Mark):
                yield action.state

    def _do(self, action: Action) -> None:
        match action:
            case Mark(source, state):
                name = type(state).__name__.lower()
                faults.point(f"sink.before-{name}")
                self._ledger.mark(source, state)
                faults.point(f"sink.after-{name}")
            case Register(source):
                self._target.register(source)
                faults.point("sink.after-register")
            case Insert():
                self._target.insert(action)
                faults.point("sink.after-insert")
