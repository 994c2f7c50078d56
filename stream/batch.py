"""One fetched batch of a partition: decode, derive, and collect what one transaction holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from stream import faults
from stream.corrections import SUPERSEDED, Corrected
from stream.dead_letters import DeadLetter, Fault, Headers, Reason, dead_letter
from stream.decode import Decoder, partition_of
from stream.derive import Outcome, derive
from stream.history import Head, Horizon, Layered
from stream.rows import Moment, encode
from stream.store import Changes, Store, identity_key, record_key

_PART = 250


class Message(NamedTuple):
    """A Kafka message as the derivation takes it; aiokafka's records have the same attributes."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class Batch(NamedTuple):
    """Messages of one partition that follow on from `start`; the last covers up to `end`."""

    topic: str
    partition: int
    start: int
    messages: Sequence[Message]
    epoch: int = 0

    @property
    def end(self) -> int:
        """The offset after the last message."""
        return self.messages[-1].offset + 1


@dataclass
class Derived:
    """What comes of a part of a batch; nothing of it is true before its transaction commits."""

    rows: list[tuple[bytes, bytes]] = field(default_factory=list)
    records: list[tuple[bytes, bytes | None]] = field(default_factory=list)
    dead: list[DeadLetter] = field(default_factory=list)
    bad: list[int] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)


class Deriver:
    """Derives batches of one partition over its store."""

    def __init__(
        self,
        store: Store,
        decoder: Decoder,
        horizon: Horizon,
        partitions: int,
        corrected: Corrected = Corrected(),  # noqa: B008 immutable
    ) -> None:
        self._store, self._decoder, self._corrected = store, decoder, corrected
        self._horizon, self._partitions = horizon, partitions

    def derive(self, batch: Batch, changes: Changes) -> Iterator[Derived]:
        """What a batch gives, part by part, and in `changes` what the store will have to take.

        The store is read, not written. Parts are small, so that what is derived goes out while
        it is in the processor's cache: a whole batch at once takes half as long again.
        """
        for start in range(0, len(batch.messages), _PART):
            yield self._part(batch, start, changes)

    def _part(self, batch: Batch, start: int, changes: Changes) -> Derived:
        derived = Derived()
        for index, message in enumerate(batch.messages[start : start + _PART], start):
            key, offset = message.key, message.offset
            found = self._decoder.decode(key, message.value, offset)
            if isinstance(found, Moment) and key is not None:
                if self._corrected.supersedes(found.event_id, message.headers):
                    derived.outcomes[SUPERSEDED] += 1
                    continue
                fault = self._take(derived, changes, batch.partition, key, found, offset)
            else:
                fault = found if isinstance(found, Fault) else None
            if fault:
                derived.bad.append(index)
                derived.outcomes[fault.reason] += 1
                derived.dead.append(_bury(fault, batch, message))
        changes.records += derived.records
        faults.point("derive")
        return derived

    def _take(
        self,
        derived: Derived,
        changes: Changes,
        partition: int,
        contact: bytes,
        event: Moment,
        cause: int,
    ) -> Fault | None:
        known = changes.contacts.get(contact) or self._known(contact, partition)
        if isinstance(known, Fault):
            return known
        outcome, head, records, rows = derive(*known, event, self._horizon)
        if not records and outcome in _REFUSED:
            return Fault(_REFUSED[outcome], _REFUSALS[outcome])
        derived.outcomes[outcome] += 1
        if not records:
            return None
        layered = known[1]
        layered.apply(records)
        changes.contacts[contact] = head, layered
        for row in rows:
            derived.rows.append((contact, encode(row, cause, partition)))
        for key, event_id, value in records:
            derived.records.append((record_key(contact, key), value))
            changes.identities.append(
                (identity_key(contact, event_id), None if value is None else key)
            )
        return None

    def _known(self, contact: bytes, partition: int) -> tuple[Head, Layered] | Fault:
        head = self._store.head(contact)
        if head is not None:
            return head, Layered(self._store.history(contact))
        if (home := partition_of(contact, self._partitions)) != partition:
            return Fault(
                Reason.WRONG_PARTITION,
                f"the key belongs to partition {home}: use the murmur2 partitioner",
            )
        return Head(), Layered()


_REFUSED = {
    Outcome.CONFLICTING_REPEAT: Reason.CONFLICTING_REPEAT,
    Outcome.OLDER_THAN_HORIZON: Reason.OLDER_THAN_HORIZON,
}
_REFUSALS = {
    Outcome.CONFLICTING_REPEAT: "an event with this event_id came before, with other content",
    Outcome.OLDER_THAN_HORIZON: "the contact's newest event is past the horizon from this one",
}


def _bury(fault: Fault, batch: Batch, message: Message) -> DeadLetter:
    origin = batch.topic, batch.partition, message.offset, message.timestamp
    return dead_letter(fault, message.key, message.value, message.headers, origin)
