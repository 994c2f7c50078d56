"""What to do with a batch, given what is remembered of its partition. Pure.

`resume` decides where reading starts, `plan` what is done with what was read. Either may refuse:
the states a refusal names cannot come about by a crash, so going on would be guessing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sink.ranges import Range, Relation, Source, relation, token
from sink.refusal import Impossible, Refusal
from sink.state import ForeignState, Intent, State, Written, checksum, decode


@dataclass(frozen=True)
class Batch:
    """Messages of one partition, read without a break.

    Reading started at offset `start` and goes on at offset `next`; between the two there is no
    other message. `offsets` and `values` are those of the messages, in order, and may be empty.
    """

    source: Source
    start: int
    offsets: Sequence[int]
    values: Sequence[bytes]
    next: int

    @property
    def range(self) -> Range:
        """From the first to the last message; there must be one."""
        return Range(self.offsets[0], self.offsets[-1])

    def until(self, last: int) -> Batch:
        """Only the messages up to offset `last`."""
        count = sum(offset <= last for offset in self.offsets)
        return replace(
            self, offsets=self.offsets[:count], values=self.values[:count], next=last + 1
        )


@dataclass(frozen=True)
class Mark:
    """Commit `state` as what is remembered of the partition."""

    source: Source
    state: State


@dataclass(frozen=True)
class Register:
    """Write into ClickHouse that there will be rows of this partition."""

    source: Source


@dataclass(frozen=True)
class Insert:
    """Write the messages of `range`; ClickHouse drops what it has under their token."""

    source: Source
    range: Range
    values: Sequence[bytes]

    @property
    def token(self) -> str:
        """What ClickHouse knows this insert by."""
        return token(self.source, self.range)


Action = Mark | Register | Insert


@dataclass(frozen=True)
class More:
    """The batch ends before the stored intent does: read on."""


@dataclass(frozen=True)
class Log:
    """A partition as Kafka has it: offsets from `start` on and below `end`."""

    source: Source
    start: int
    end: int


@dataclass(frozen=True)
class Committed:
    """A committed offset with its metadata, as Kafka has it."""

    offset: int
    metadata: str | None


def resume(committed: Committed | None, log: Log, registered: Collection[str]) -> State | Refusal:
    """What is remembered of a partition that was just assigned; reading starts at its offset.

    `registered` are the ids of all topics of this name from whose partition of this number
    ClickHouse holds rows.
    """
    if committed is None:
        return _first_start(log, registered)
    try:
        state = decode(committed.offset, committed.metadata)
    except ForeignState:
        found = f"offset {committed.offset} with metadata {committed.metadata!r}"
        return Refusal(Impossible.FOREIGN, log.source, f"{found} is committed", committed.offset)
    if state.topic_id != log.source.topic_id:
        return _recreated(log.source, state.topic_id)
    if log.source.topic_id not in registered and not state.fresh:
        evidence = f"it knows nothing of the partition, of which {state.offset} offsets were read"
        return Refusal(Impossible.OTHER_DATABASE, log.source, evidence, 0)
    return _within(state, log)


def plan(state: State, batch: Batch) -> list[Action] | More | Refusal:
    """What is to be done with `batch`, in order; a crash between two actions is put right by
    planning again from what is remembered then."""
    if state.topic_id != batch.source.topic_id:
        return _recreated(batch.source, state.topic_id)
    if batch.start != state.offset:
        return _misplaced(batch.source, batch.start, state.offset)
    if isinstance(state, Intent):
        return _repeat(state, batch)
    if not batch.offsets:
        skip = Written(state.topic_id, batch.next, state.fresh)
        return [] if batch.next == batch.start else [Mark(batch.source, skip)]
    if batch.offsets[0] < state.next:
        return _misplaced(batch.source, batch.offsets[0], state.next)
    crc = checksum(batch.values)
    return _write(Intent(state.topic_id, batch.range, len(batch.values), crc, state.fresh), batch)


def _repeat(intent: Intent, batch: Batch) -> list[Action] | More | Refusal:
    """The stored intent again, to the byte."""
    if not batch.offsets:
        return More() if batch.next <= intent.range.last else _changed(intent, batch)
    match relation(batch.range, intent.range):
        case Relation.LONGER:
            return _repeat(intent, batch.until(intent.range.last))
        case Relation.SHORTER:
            return More() if batch.next <= intent.range.last else _changed(intent, batch)
        case Relation.BEFORE | Relation.EARLIER:
            return _misplaced(batch.source, batch.range.first, intent.offset)
        case Relation.LATER | Relation.AFTER:
            return _changed(intent, batch)
        case Relation.SAME:
            same = (len(batch.values), checksum(batch.values)) == (intent.count, intent.checksum)
            return _write(intent, batch) if same else _changed(intent, batch)


def _write(intent: Intent, batch: Batch) -> list[Action]:
    actions: list[Action] = [Mark(batch.source, intent)]
    if intent.fresh:
        actions.append(Register(batch.source))
    actions.append(Insert(batch.source, intent.range, batch.values))
    actions.append(Mark(batch.source, Written(intent.topic_id, batch.next)))
    return actions


def _first_start(log: Log, registered: Collection[str]) -> State | Refusal:
    if log.source.topic_id in registered:
        evidence = "ClickHouse holds rows of it, but no offset is committed"
        return Refusal(Impossible.FORGOTTEN, log.source, evidence, 0)
    if registered:
        return _recreated(log.source, ", ".join(sorted(registered)))
    if log.start > 0:
        evidence = f"nothing was read yet, and the log starts at offset {log.start}"
        return Refusal(Impossible.LOST, log.source, evidence, log.start)
    return Written(log.source.topic_id, 0, fresh=True)


def _within(state: State, log: Log) -> State | Refusal:
    if state.offset < log.start:
        evidence = f"offset {state.offset} is next, and the log starts at {log.start}"
        return Refusal(Impossible.LOST, log.source, evidence, log.start)
    needed = state.range.last + 1 if isinstance(state, Intent) else state.next
    if needed > log.end:
        evidence = f"offset {needed} should be next or near, and the log ends at {log.end}"
        return Refusal(Impossible.TRUNCATED, log.source, evidence, log.end)
    return state


def _recreated(source: Source, before: str) -> Refusal:
    evidence = f"its id is {source.topic_id}, rows were written from {before}"
    return Refusal(Impossible.RECREATED, source, evidence, 0)


def _misplaced(source: Source, found: int, expected: int) -> Refusal:
    impossible = Impossible.GAP if found > expected else Impossible.OVERLAP
    evidence = f"expected offset {expected}, reading started at {found}"
    return Refusal(impossible, source, evidence, expected)


def _changed(intent: Intent, batch: Batch) -> Refusal:
    seen = f"{batch.range} ({len(batch.values)})" if batch.offsets else "none"
    evidence = f"{intent.range} ({intent.count} messages) was begun, now there is {seen}"
    return Refusal(Impossible.CHANGED, batch.source, evidence, intent.range.last + 1)
