"""What is known of one contact: its head, and the records of its events in their order.

A record is an event under its position. It is a `ROW` (an assignment) or `UNCHANGED` (it set the
assignee the contact had); these two are the chain that order is made of. Or it is `REMEMBERED`,
kept only so that a repeat is known: an opened or closed conversation, or what the horizon has
passed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import ItemsView, Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple, Protocol

from stream.rows import (
    NO_HOLD,
    NOBODY,
    as_previous,
    assignee,
    beginning,
    content,
    event_id,
    milliseconds,
)

ROW, UNCHANGED, REMEMBERED = b"r", b"u", b"m"
KINDS = (ROW, UNCHANGED, REMEMBERED)
CONVERSATION, RETIRED = b"o", b"t"  # why it is remembered; then follow event id and digest

Key = bytes
"""A kind's letter and a position."""


class Head(NamedTuple):
    """The end of a contact's history, all that an event in order needs of it."""

    newest: int = -1  # ms, of the newest event whatever its type
    last: bytes = b""  # position of the last event of the chain
    assignee: str | None = None  # kind and id
    previous: bytes = NOBODY  # what the next row says of its previous assignee
    began: bytes = NO_HOLD  # what the next row says of how the hold that it ends began
    floor: bytes = b""  # the last event before the horizon; what comes before it is too late
    baseline: bytes = b""  # the row, there or earlier, that gave the contact to its holder of then
    first: bytes = b""  # the oldest of the chain within the horizon
    length: int = 0  # of the chain within the horizon
    remembered: int = 0  # records kept only to know a repeat
    oldest: bytes = b""  # position of the oldest of those


@dataclass(frozen=True)
class Horizon:
    """How far back a late event may reach, by the times of the contact's own events."""

    milliseconds: int = 30 * 24 * 3600 * 1000
    events: int = 10_000


class Record(NamedTuple):
    """A change of the history; value None takes the record out."""

    key: Key
    event_id: bytes
    value: bytes | None


class Entry(NamedTuple):
    """An event of the chain."""

    kind: bytes
    position: bytes
    fragment: bytes


class History(Protocol):
    """The records of one contact, as derivation reads them."""

    def content(self, event_id: bytes) -> bytes | None:
        """The value of the record of an event, or None if it is not known."""

    def value(self, key: Key) -> bytes | None:
        """The value of one record."""

    def before(self, kind: bytes, position: bytes) -> Entry | None:
        """The last record of this kind before a position."""

    def after(self, kind: bytes, position: bytes) -> Entry | None:
        """The first record of this kind after a position."""


class Layered:
    """Changes over a history that does not have them yet; alone, a history in memory."""

    __slots__ = ("_base", "_index", "_order", "changes")

    def __init__(self, base: History | None = None) -> None:
        self._base = base
        self.changes: list[Record] = []
        # Most contacts change once or twice in a batch: what finds a change is made when needed.
        self._index: tuple[dict[Key, bytes | None], dict[bytes, Key | None]] | None = None
        self._order: list[Key] | None = None

    def apply(self, changes: list[Record]) -> None:
        """Take the changes of a decision."""
        self.changes += changes
        if self._index is not None:
            self._add(changes)

    def _add(self, changes: Iterable[Record]) -> None:
        values, ids = self._indexed()
        for key, identity, value in changes:
            if self._order is not None and key not in values:
                insort(self._order, key)
            values[key] = value
            ids[identity] = None if value is None else key

    def _indexed(self) -> tuple[dict[Key, bytes | None], dict[bytes, Key | None]]:
        if self._index is None:
            self._index = {}, {}
            self._add(self.changes)
        return self._index

    def items(self) -> ItemsView[Key, bytes | None]:
        """The records as the changes leave them; None for one taken out."""
        return self._indexed()[0].items()

    def content(self, event_id: bytes) -> bytes | None:
        if self.changes:
            values, ids = self._indexed()
            if event_id in ids:
                key = ids[event_id]
                return None if key is None else values[key]
        return self._base.content(event_id) if self._base else None

    def value(self, key: Key) -> bytes | None:
        values = self._indexed()[0]
        if key in values:
            return values[key]
        return self._base.value(key) if self._base else None

    def before(self, kind: bytes, position: bytes) -> Entry | None:
        order, values = self._sorted(), self._indexed()[0]
        index = bisect_left(order, kind + position) - 1
        while index >= 0 and values[order[index]] is None:
            index -= 1
        own = self._entry(kind, index)
        other = self._base.before(kind, position) if self._base else None
        while self._base and other and kind + other.position in values:
            other = self._base.before(kind, other.position)
        return max((e for e in (own, other) if e), key=lambda e: e.position, default=None)

    def after(self, kind: bytes, position: bytes) -> Entry | None:
        order, values = self._sorted(), self._indexed()[0]
        index = bisect_right(order, kind + position)
        while index < len(order) and values[order[index]] is None:
            index += 1
        own = self._entry(kind, index)
        other = self._base.after(kind, position) if self._base else None
        while self._base and other and kind + other.position in values:
            other = self._base.after(kind, other.position)
        return min((e for e in (own, other) if e), key=lambda e: e.position, default=None)

    def _sorted(self) -> list[Key]:
        if self._order is None:
            self._order = sorted(self._indexed()[0])
        return self._order

    def _entry(self, kind: bytes, index: int) -> Entry | None:
        order = self._sorted()
        if not 0 <= index < len(order) or order[index][:1] != kind:
            return None
        key = order[index]
        value = self._indexed()[0][key]
        return None if value is None else Entry(kind, key[1:], value)


def digest(fragment: bytes) -> bytes:
    """What stays of an event's content when only repeats of it matter: 16 bytes."""
    return blake2b(content(fragment), digest_size=16).digest()


def digest_of(value: bytes) -> bytes:
    """The digest of a record's event, be all of it there or only that."""
    return digest(value) if value[:1] == b"{" else value[17:]


def identity_of(key: Key, value: bytes) -> bytes:
    """The event id of a record, which its value holds."""
    return value[1:17] if key[:1] == REMEMBERED else event_id(value)


def head_of(records: Iterable[tuple[Key, bytes]], horizon: Horizon) -> Head:
    """The head that a contact's records add up to, for a history restored from its changelog."""
    chain = []
    remembered = []
    for key, value in records:
        if key[:1] == REMEMBERED:
            remembered.append(key[1:])
        else:
            chain.append(Entry(key[:1], key[1:], value))
    chain.sort(key=lambda entry: entry.position)
    positions = [*remembered, *(entry.position for entry in chain)]
    head = Head(
        newest=max((milliseconds(p) for p in positions), default=-1),
        remembered=len(remembered),
        oldest=min(remembered, default=b""),
    )
    return _with_chain(head, chain, horizon) if chain else head


def _with_chain(head: Head, chain: list[Entry], horizon: Horizon) -> Head:
    reach = head.newest - horizon.milliseconds
    passed = sum(milliseconds(entry.position) < reach for entry in chain)
    passed = max(passed, len(chain) - horizon.events)
    before, within = chain[:passed], chain[passed:]
    rows = [entry for entry in chain if entry.kind == ROW]
    last = chain[-1]
    return head._replace(
        last=last.position,
        assignee=assignee(last.fragment),
        previous=as_previous(last.fragment),
        began=beginning(rows[-1].fragment) if rows else NO_HOLD,
        floor=before[-1].position if before else b"",
        baseline=max((e.position for e in before if e.kind == ROW), default=b""),
        first=within[0].position if within else b"",
        length=len(within),
    )
