"""One partition's histories in RocksDB: a local copy of its part of `contact-history`.

Written only after the transaction that holds the same changes has been committed, each batch as a
whole, with the watermark and the changelog position it stands for; without a write-ahead log, for
what a crash loses is read again from the changelog, as Kafka Streams does.
"""

from __future__ import annotations

import marshal
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from pathlib import Path

import orjson
from rocksdict import BlockBasedOptions, Options, Rdict, WriteBatch, WriteOptions

from stream.history import KINDS, Entry, Head, Horizon, Key, Layered, head_of, identity_of
from stream.watermark import Watermark

_FORMAT = f"4/{sys.version_info.major}.{sys.version_info.minor}".encode()
_META = b"\0format"
# {"watermark": ..., "source": id of the changelog, "changelog": next offset to read of it,
# "written": epoch s}
_PLACE = b"\0place"
_HEAD = b"\0h"  # after a contact: its head, or
_IN_MEMORY = b""
_HEADS_CACHED = 200_000
_BUFFER = 8 << 20  # bytes kept in memory before they go to a file: what a processor's cache holds
_FILTER_BITS = 10  # per key in files: 1 % of the searches remain
_MEMORY_FILTER = 0.05  # of the buffer
_by_key = itemgetter(0)


def record_key(contact: bytes, key: Key) -> bytes:
    """A record's key in RocksDB and in the changelog; a contact's key is JSON and has no NUL."""
    return contact + b"\0" + key


def identity_key(contact: bytes, event_id: bytes) -> bytes:
    """Where the store keeps which record an event is."""
    return contact + b"\0i" + event_id


def split_key(record: bytes) -> tuple[bytes, Key]:
    """Contact and record key of a changelog key."""
    contact, _, key = record.partition(b"\0")
    return contact, key


@dataclass
class Changes:
    """What a batch leaves for the store: contacts touched, and records in their order.

    Records are those of the changelog, identities the index from an event's id to its record.
    """

    contacts: dict[bytes, tuple[Head, Layered]] = field(default_factory=dict)
    records: list[tuple[bytes, bytes | None]] = field(default_factory=list)
    identities: list[tuple[bytes, Key | None]] = field(default_factory=list)


class StoredHistory:
    """The stored records of one contact."""

    __slots__ = ("_contact", "_db")

    def __init__(self, db: Rdict, contact: bytes) -> None:
        self._db, self._contact = db, contact

    def content(self, event_id: bytes) -> bytes | None:
        key = self._db.get(identity_key(self._contact, event_id))
        return None if key is None else self.value(key)

    def value(self, key: Key) -> bytes | None:
        found: bytes | None = self._db.get(record_key(self._contact, key))
        return found

    def before(self, kind: bytes, position: bytes) -> Entry | None:
        cursor = self._db.iter()
        wanted = record_key(self._contact, kind + position)
        cursor.seek_for_prev(wanted)
        if cursor.valid() and cursor.key() == wanted:
            cursor.prev()
        return self._entry(cursor, kind)

    def after(self, kind: bytes, position: bytes) -> Entry | None:
        cursor = self._db.iter()
        cursor.seek(record_key(self._contact, kind + position) + b"\0")
        return self._entry(cursor, kind)

    def _entry(self, cursor: object, kind: bytes) -> Entry | None:
        prefix = record_key(self._contact, kind)
        if not cursor.valid():  # type: ignore[attr-defined]
            return None
        key: bytes = cursor.key()  # type: ignore[attr-defined]
        if not key.startswith(prefix):
            return None
        return Entry(kind, key[len(prefix) :], cursor.value())  # type: ignore[attr-defined]


class Store:
    """The histories of one partition, how far they reach, and the heads most lately used.

    Heads follow from records, so they are not written with every batch, only when a contact leaves
    memory and at the end. What is stored meanwhile says that the contact is known, and after a
    crash that its head has to be computed.
    """

    def __init__(self, path: Path, horizon: Horizon) -> None:
        self.path, self._horizon = path, horizon
        self._heads: dict[bytes, Head] = {}
        self._unwritten: set[bytes] = set()  # of contacts whose stored head is behind
        self._unlogged = WriteOptions()
        self._unlogged.disable_wal = True
        self._open()

    def _open(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Named as a column family too: without that, rocksdict forgets the filters when it reopens.
        self._db = Rdict(str(self.path), _options(), column_families={"default": _options()})
        if self._db.get(_META) != _FORMAT:
            if next(iter(self._db.keys()), None) is not None:
                self.wipe()
                return
            self._db.put(_META, _FORMAT)
        place = orjson.loads(self._db.get(_PLACE) or b"null")
        self.source = place.get("source", "") if place else ""
        self.changelog = place["changelog"] if place else 0
        self.written = place["written"] if place else 0.0
        self.watermark = Watermark.decode(place["watermark"].encode()) if place else None

    def wipe(self) -> None:
        """Start over with an empty copy."""
        self.close()
        shutil.rmtree(self.path)
        self._heads.clear()
        self._unwritten.clear()
        self._open()

    def close(self) -> None:
        """Write what is only in memory, and let the directory go."""
        batch = WriteBatch(raw_mode=True)
        self._write_heads(batch, self._unwritten)
        self._db.write(batch, self._unlogged)
        self._db.flush()
        self._db.close()

    def head(self, contact: bytes) -> Head | None:
        """The head of a contact's history; None for one never seen in this partition."""
        return self._heads.get(contact) or self._stored_head(contact)

    def _stored_head(self, contact: bytes) -> Head | None:
        stored = self._db.get(contact + _HEAD)
        if stored is None:
            return None
        if stored == _IN_MEMORY:  # of a run that crashed
            return head_of(self._records(contact), self._horizon)
        return Head(*marshal.loads(stored))

    def history(self, contact: bytes) -> StoredHistory:
        """The stored records of a contact."""
        return StoredHistory(self._db, contact)

    def write(self, changes: Changes, watermark: Watermark, changelog: int, now: float) -> None:
        """Take a committed batch, whole or not at all."""
        batch = WriteBatch(raw_mode=True)
        put, delete = batch.put, batch.delete
        # Sorted, as neighbours are cheap to insert; what concerns one key keeps its order.
        for key, value in sorted(changes.records + changes.identities, key=_by_key):
            if value is None:
                delete(key)
            else:
                put(key, value)
        for contact, (head, _) in changes.contacts.items():
            if contact not in self._heads:
                batch.put(contact + _HEAD, _IN_MEMORY)
            self._heads[contact] = head
        self._unwritten.update(changes.contacts)
        went = self._leaving()
        self._write_heads(batch, self._unwritten.intersection(went))
        self._place(batch, watermark, changelog, now)
        self._db.write(batch, self._unlogged)
        self._unwritten.difference_update(went)
        for contact in went:
            del self._heads[contact]

    def _leaving(self) -> list[bytes]:
        if len(self._heads) <= _HEADS_CACHED:
            return []
        return list(islice(self._heads, len(self._heads) // 2))

    def _write_heads(self, batch: WriteBatch, contacts: Iterable[bytes]) -> None:
        for contact in contacts:
            batch.put(contact + _HEAD, marshal.dumps(tuple(self._heads[contact])))

    def restore(self, records: list[tuple[bytes, bytes | None]]) -> None:
        """Take records of the changelog as they come; `restored` makes a whole of them."""
        batch = WriteBatch(raw_mode=True)
        identities: dict[bytes, Key] = {}
        for record, value in records:
            if value is None:
                batch.delete(record)
                continue
            contact, key = split_key(record)
            batch.put(record, value)
            identities[identity_key(contact, identity_of(key, value))] = key
        for name, key in identities.items():
            batch.put(name, key)
        self._db.write(batch, self._unlogged)

    def restored(
        self, contacts: set[bytes], watermark: Watermark, changelog: int, now: float
    ) -> None:
        """Compute the heads that restored records add up to; last of all, say how far they reach.

        A crash before that leaves the old place, from which the same records are taken again.
        """
        for contact in contacts:
            self._heads[contact] = head_of(self._records(contact), self._horizon)
            batch = WriteBatch(raw_mode=True)
            self._write_heads(batch, [contact])
            self._db.write(batch, self._unlogged)
            del self._heads[contact]
            self._unwritten.discard(contact)
        batch = WriteBatch(raw_mode=True)
        self._place(batch, watermark, changelog, now)
        self._db.write(batch, self._unlogged)

    def _records(self, contact: bytes) -> Iterator[tuple[Key, bytes]]:
        for kind in KINDS:
            prefix = record_key(contact, kind)
            cursor = self._db.iter()
            cursor.seek(prefix)
            while cursor.valid() and cursor.key().startswith(prefix):
                yield kind + cursor.key()[len(prefix) :], cursor.value()
                cursor.next()

    def _place(self, batch: WriteBatch, watermark: Watermark, changelog: int, now: float) -> None:
        place = {
            "watermark": watermark.encode().decode(),
            "source": self.source,
            "changelog": changelog,
            "written": now,
        }
        batch.put(_PLACE, orjson.dumps(place))
        self.changelog, self.watermark, self.written = changelog, watermark, now


def _options() -> Options:
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_write_buffer_size(_BUFFER)
    # Nearly every event asks for an id that is not there: filters answer that without a search.
    table = BlockBasedOptions()
    table.set_bloom_filter(_FILTER_BITS, block_based=False)
    options.set_block_based_table_factory(table)
    options.set_memtable_whole_key_filtering(True)
    options.set_memtable_prefix_bloom_ratio(_MEMORY_FILTER)
    return options
