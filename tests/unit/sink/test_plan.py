"""The decision: every state against every batch, by example and exhaustively."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest

from sink.plan import (
    Action,
    Batch,
    Committed,
    Insert,
    Log,
    Mark,
    More,
    Register,
    plan,
    resume,
)
from sink.ranges import Range, Source, token
from sink.refusal import Impossible, Refusal
from sink.state import Intent, State, Written, checksum, encode

SOURCE = Source("log", "id", 2)
REMADE = Source("log", "other", 2)


def values(*offsets: int) -> list[bytes]:
    return [b"message %d" % offset for offset in offsets]


def batch(start: int, *offsets: int, next: int | None = None, source: Source = SOURCE) -> Batch:
    end = next if next is not None else offsets[-1] + 1 if offsets else start
    return Batch(source, start, offsets, values(*offsets), end)


def intent(*offsets: int, fresh: bool = False) -> Intent:
    span = Range(offsets[0], offsets[-1])
    return Intent("id", span, len(offsets), checksum(values(*offsets)), fresh)


def writes(state: Intent, next: int) -> list[Action]:
    rows = values(*range(state.range.first, state.range.last + 1))
    start: list[Action] = [Mark(SOURCE, state)]
    register: list[Action] = [Register(SOURCE)] if state.fresh else []
    insert = Insert(SOURCE, state.range, rows)
    return start + register + [insert, Mark(SOURCE, Written("id", next))]


STORED = intent(5, 6, 7, 8, 9)


@pytest.mark.parametrize(
    ("state", "read", "expected"),
    [
        # Everything before 5 is written.
        (Written("id", 5), batch(5, 5, 6, 7), writes(intent(5, 6, 7), 8)),
        (Written("id", 5), batch(5, 5, 6, 7, next=12), writes(intent(5, 6, 7), 12)),
        (Written("id", 5), batch(5, 6, 7), writes(intent(6, 7), 8)),
        (Written("id", 5), batch(5), []),
        (Written("id", 5), batch(5, next=8), [Mark(SOURCE, Written("id", 8))]),
        (Written("id", 5), batch(7, 7, 8), Impossible.GAP),
        (Written("id", 5), batch(3, 5, 6), Impossible.OVERLAP),
        (Written("id", 5), batch(5, 4, 5), Impossible.OVERLAP),
        (Written("id", 5), batch(5, 5, source=REMADE), Impossible.RECREATED),
        # Nothing was ever written.
        (Written("id", 0, fresh=True), batch(0, 0, 1), writes(intent(0, 1, fresh=True), 2)),
        (
            Written("id", 0, fresh=True),
            batch(0, next=3),
            [Mark(SOURCE, Written("id", 3, fresh=True))],
        ),
        # 5 to 9 was begun.
        (STORED, batch(5, 5, 6, 7, 8, 9), writes(STORED, 10)),
        (STORED, batch(5, 5, 6, 7, 8, 9, next=14), writes(STORED, 14)),
        (STORED, batch(5, 5, 6, 7, 8, 9, 10, 11), writes(STORED, 10)),
        (intent(0, 1, fresh=True), batch(0, 0, 1), writes(intent(0, 1, fresh=True), 2)),
        (STORED, batch(5, 5, 6, 7), More()),
        (STORED, batch(5), More()),
        (STORED, batch(5, next=9), More()),
        (STORED, batch(5, next=10), Impossible.CHANGED),
        (STORED, batch(5, 5, 6, 7, next=10), Impossible.CHANGED),
        (STORED, batch(5, 5, 6, 8, 9), Impossible.CHANGED),
        (STORED, batch(5, 5, 6, 7, 8, 11), Impossible.CHANGED),
        (STORED, batch(5, 6, 7, 8, 9), Impossible.CHANGED),
        (STORED, batch(5, 10, 11), Impossible.CHANGED),
        (STORED, batch(5, 3, 4), Impossible.OVERLAP),
        (STORED, batch(5, 4, 5, 6), Impossible.OVERLAP),
        (STORED, batch(6, 6, 7), Impossible.GAP),
        (STORED, batch(3, 3, 4, 5), Impossible.OVERLAP),
        (STORED, batch(5, 5, source=REMADE), Impossible.RECREATED),
    ],
)
def test_plan(state: State, read: Batch, expected: list[Action] | More | Impossible) -> None:
    decided = plan(state, read)
    assert (decided.impossible if isinstance(decided, Refusal) else decided) == expected


def test_the_same_offsets_with_other_content_are_refused() -> None:
    changed = Batch(SOURCE, 5, [5, 6, 7, 8, 9], [b"x", *values(6, 7, 8, 9)], 10)
    decided = plan(STORED, changed)
    assert isinstance(decided, Refusal)
    assert decided.impossible is Impossible.CHANGED


SMALL = 5


def _states() -> Iterator[State]:
    for next in range(SMALL):
        yield Written("id", next)
        yield Written("id", next, fresh=True)
    for offsets in _selections():
        yield intent(*offsets)


def _selections() -> Iterator[tuple[int, ...]]:
    """Every set of offsets below SMALL that messages could have."""
    for count in range(1, SMALL + 1):
        yield from combinations(range(SMALL), count)


def _batches() -> Iterator[Batch]:
    for start in range(SMALL):
        for offsets in [(), *_selections()]:
            for next in range(max(start, *offsets, -1) + (1 if offsets else 0), SMALL + 2):
                yield batch(start, *offsets, next=next)


def test_whatever_is_written_is_whole_and_once() -> None:
    """For every state and every batch of a small world: only what is next is written, all of it,
    and what was begun exactly as it was begun."""
    written = 0
    for state in _states():
        for read in _batches():
            decided = plan(state, read)
            if isinstance(decided, Refusal | More) or not decided:
                continue
            written += 1
            last = decided[-1]
            assert isinstance(last, Mark)
            assert isinstance(last.state, Written)
            assert state.offset == read.start <= last.state.next <= read.next
            inserts = [action for action in decided if isinstance(action, Insert)]
            covered = [o for o in read.offsets if o < last.state.next]
            assert [insert.values for insert in inserts] == ([values(*covered)] if covered else [])
            if inserts:
                begun = decided[0]
                assert isinstance(begun, Mark)
                assert isinstance(begun.state, Intent)
                assert begun.state.range == Range(covered[0], covered[-1])
                assert inserts[0].token == token(SOURCE, begun.state.range)
                assert any(isinstance(each, Register) for each in decided) == state.fresh
            if isinstance(state, Intent):
                assert begun.state == state
    assert written > 100


def committed(state: State) -> Committed:
    return Committed(state.offset, encode(state))


LOG = Log(SOURCE, start=3, end=20)


@pytest.mark.parametrize(
    ("found", "log", "registered", "expected"),
    [
        # The first start of all.
        (None, Log(SOURCE, 0, 0), [], Written("id", 0, fresh=True)),
        (None, Log(SOURCE, 0, 20), [], Written("id", 0, fresh=True)),
        (None, LOG, [], Impossible.LOST),
        (None, Log(SOURCE, 0, 20), ["id"], Impossible.FORGOTTEN),
        (None, Log(SOURCE, 0, 20), ["id", "older"], Impossible.FORGOTTEN),
        (None, Log(SOURCE, 0, 20), ["older"], Impossible.RECREATED),
        # A first batch that was cut short before or after it was registered.
        (committed(intent(3, 4, fresh=True)), LOG, [], intent(3, 4, fresh=True)),
        (committed(intent(3, 4, fresh=True)), LOG, ["id"], intent(3, 4, fresh=True)),
        (committed(Written("id", 3, fresh=True)), LOG, [], Written("id", 3, fresh=True)),
        # Going on.
        (committed(Written("id", 3)), LOG, ["id"], Written("id", 3)),
        (committed(Written("id", 20)), LOG, ["id"], Written("id", 20)),
        (committed(Written("id", 7)), LOG, ["id", "older"], Written("id", 7)),
        (committed(intent(3, 19)), LOG, ["id"], intent(3, 19)),
        (committed(Written("id", 2)), LOG, ["id"], Impossible.LOST),
        (committed(intent(2, 7)), LOG, ["id"], Impossible.LOST),
        (committed(Written("id", 21)), LOG, ["id"], Impossible.TRUNCATED),
        (committed(intent(5, 20)), LOG, ["id"], Impossible.TRUNCATED),
        (committed(Written("older", 7)), LOG, ["older"], Impossible.RECREATED),
        (committed(intent(7, 8)), Log(REMADE, 0, 20), ["id"], Impossible.RECREATED),
        (committed(Written("id", 7)), LOG, [], Impossible.OTHER_DATABASE),
        (committed(intent(7, 8)), LOG, ["older"], Impossible.OTHER_DATABASE),
        (Committed(7, ""), LOG, ["id"], Impossible.FOREIGN),
        (Committed(7, None), LOG, [], Impossible.FOREIGN),
    ],
)
def test_resume(
    found: Committed | None, log: Log, registered: list[str], expected: State | Impossible
) -> None:
    decided = resume(found, log, registered)
    assert (decided.impossible if isinstance(decided, Refusal) else decided) == expected


def test_a_refusal_says_state_evidence_and_command() -> None:
    refusal = resume(committed(Written("id", 2)), LOG, ["id"])
    said = str(refusal)
    assert "log, partition 2: LOST: " in said
    assert "offset 2 is next, and the log starts at 3" in said
    assert "baton sink resolve --partition 2 --from-offset 3" in said
