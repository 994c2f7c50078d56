"""Planned actions are done in order, and each state is known as soon as it is remembered."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from sink.memory import MemoryTarget
from sink.plan import Action, Insert, Mark, Register
from sink.ranges import Range, Source
from sink.state import Intent, State, Written
from sink.writer import Unavailable, Writer

SOURCE = Source("log", "id", 0)
BEGUN = Intent("id", Range(0, 1), 2, 7, fresh=True)
DONE = Written("id", 2)
ACTIONS: Sequence[Action] = [
    Mark(SOURCE, BEGUN),
    Register(SOURCE),
    Insert(SOURCE, BEGUN.range, [b"a", b"b"]),
    Mark(SOURCE, DONE),
]


class Ledger:
    def __init__(self) -> None:
        self.states: list[State] = []

    def mark(self, source: Source, state: State) -> None:
        self.states.append(state)


def test_all_of_it_in_order() -> None:
    ledger, target = Ledger(), MemoryTarget()
    assert list(Writer(ledger, target).run(ACTIONS)) == [BEGUN, DONE] == ledger.states
    assert target.registered("log", 0) == {"id"}
    assert target.targets["log"] == [b"a", b"b"]


def test_a_failed_insert_leaves_the_intent_as_what_is_remembered() -> None:
    ledger, target = Ledger(), MemoryTarget()
    target.fail_after = 1
    steps = Writer(ledger, target).run(ACTIONS)
    assert next(steps) == BEGUN
    with pytest.raises(Unavailable):
        next(steps)
    assert ledger.states == [BEGUN]
