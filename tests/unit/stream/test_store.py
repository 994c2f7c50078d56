"""The store and the batch: any split of a history into batches, and any restart, gives one log."""

from __future__ import annotations

import json
import marshal
import shutil
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rocksdict import Options, Rdict

import stream.store
from producers.event import key
from stream.batch import Batch, Deriver, Message
from stream.decode import Decoder
from stream.history import Head, Horizon, Layered
from stream.store import Changes, Store
from stream.watermark import Watermark
from tests.oracle.assignments import Said, ended, expected
from tests.unit.stream.test_derive import EXAMPLES, HORIZON, START, arrivals, wire

CONTACT = key(1, "c")
LIMITS = Horizon(int(HORIZON.total_seconds() * 1000))

HAPPENINGS = [
    "nothing",
    "restart",
    "restore",
    "restore, compacted",
    "crash",
    "kill",
    "flush, kill",
    "leave memory",
]


class Worker:
    """Derives batches into a store and keeps what it would have produced."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.contact = directory, "c"
        self.store = self._opened(directory)
        self.log: dict[str, dict[str, Any]] = {}
        self.changelog: list[tuple[bytes, bytes | None]] = []

    def process(self, events: list[Said], write: bool = True) -> None:
        deriver = Deriver(self.store, Decoder(10_000, None), LIMITS, 1)
        contact = self.contact
        messages = [Message(e.offset, 0, key(1, contact), wire(e, contact), ()) for e in events]
        changes = Changes()
        parts = list(deriver.derive(Batch("t", 0, 0, messages), changes))
        if not write:
            return
        for part in parts:
            for _, row in part.rows:
                self._read(json.loads(row))
            self.changelog += part.records
        mark = Watermark(messages[-1].offset, "id", 1, LIMITS)
        self.store.write(changes, mark, len(self.changelog), 0.0)

    def begin(self, contact: str) -> None:
        """Go on with a contact that nothing is known of."""
        self.contact, self.log = contact, {}

    def assert_exact(self, events: list[Said]) -> None:
        oracle = expected(events, HORIZON, most=10_000)
        assert {identity: ended(row) for identity, row in self.log.items()} == oracle.log

    def _read(self, row: dict[str, Any]) -> None:
        if row["sign"] < 0:
            del self.log[row["event_id"]]
        else:
            self.log[row["event_id"]] = row

    def restart(self) -> None:
        self.store.close()
        self.store = self._opened(self.directory)

    def _opened(self, directory: Path) -> Store:
        store = Store(directory, LIMITS)
        # No file may go away while `kill` copies them.
        store._db.set_options({"disable_auto_compactions": "true"})
        return store

    def kill(self, flushed: bool) -> None:
        """What RocksDB has not yet written is lost, and read again from the changelog."""
        if flushed:
            self.store._db.flush()
        left = self.directory.with_name(f"{self.directory.name}+")
        shutil.copytree(self.directory, left)
        self.store.close()
        self.directory = left
        self.store = self._opened(left)
        if rest := self.changelog[self.store.changelog :]:
            self.store.restore(rest)
            mark = Watermark(1, "id", 1, LIMITS)
            self.store.restored({CONTACT}, mark, len(self.changelog), 0.0)

    def leave_memory(self) -> None:
        """The heads are more than are kept."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(stream.store, "_HEADS_CACHED", 0)
            other = {b"other": (Head(), Layered())}
            mark = self.store.watermark or Watermark(-1, "id", 1, LIMITS)
            for _ in range(2):
                self.store.write(Changes(dict(other)), mark, len(self.changelog), 0.0)
        assert CONTACT not in self.store._heads

    def restore(self, compacted: bool) -> None:
        """The local copy is lost; the changelog, compacted or not, has it all."""
        self.store.wipe()
        last = dict(self.changelog)
        records = [(key, value) for key, value in last.items() if value is not None]
        self.store.restore(records if compacted else self.changelog)
        mark = Watermark(1, "id", 1, LIMITS)
        self.store.restored({CONTACT}, mark, len(self.changelog), 0.0)


@pytest.fixture(scope="module")
def contacts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Worker]]:
    """A worker, each time with a new contact."""
    worker = Worker(tmp_path_factory.mktemp("state") / "store")

    def begin() -> Iterator[Worker]:
        for number in count():
            worker.begin(f"c{number}")
            yield worker

    yield begin()
    worker.store.close()


@settings(max_examples=EXAMPLES)
@given(arrivals(), st.data())
def test_any_split_into_batches_gives_one_log(
    contacts: Iterator[Worker], events: list[Said], data: st.DataObject
) -> None:
    worker, rest = next(contacts), events
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        batch, rest = rest[:size], rest[size:]
        worker.process(batch)
    worker.assert_exact(events)


@settings(max_examples=max(50, EXAMPLES // 5))
@given(arrivals(), st.data())
def test_batches_restarts_and_restores_never_show(events: list[Said], data: st.DataObject) -> None:
    with TemporaryDirectory() as directory:
        worker = Worker(Path(directory) / "store")
        rest = events
        while rest:
            size = data.draw(st.integers(1, len(rest)))
            batch, rest = rest[:size], rest[size:]
            happens = data.draw(st.sampled_from(HAPPENINGS))
            if happens == "crash":
                worker.process(batch, write=False)
            worker.process(batch)
            if happens == "restart":
                worker.restart()
            if happens == "leave memory":
                worker.leave_memory()
            if happens.endswith("kill"):
                worker.kill(flushed="flush" in happens)
            if happens.startswith("restore"):
                worker.restore(compacted="compacted" in happens)
        worker.store.close()
    worker.assert_exact(events)


@pytest.mark.parametrize("leaves", [False, True])
def test_heads_that_were_in_memory_in_a_crash_are_computed(tmp_path: Path, leaves: bool) -> None:
    worker = Worker(tmp_path / "store")
    holders = [("a", "A"), ("b", "B"), ("c", "C")]
    events = [Said(n, str(UUID(int=n)), START, n, True, h) for n, h in enumerate(holders)]
    worker.process(events[:1])
    if leaves:
        worker.leave_memory()
    else:
        worker.restart()
    worker.process(events[1:2])
    worker.kill(flushed=True)
    worker.process(events[2:])
    worker.store.close()
    said = [row["previous_assignee_id"] for row in worker.log.values()]
    assert said == [None, "a", "b"]


def test_a_copy_of_the_former_format_is_restored(tmp_path: Path) -> None:
    """Its heads say since when a hold lasts, and not what began it."""
    holders = [("a", "A"), ("b", "B")]
    events = [
        Said(n, str(UUID(int=n)), START, n, True, holder, source="bot", actor="7", team="s")
        for n, holder in enumerate(holders)
    ]
    worker = Worker(tmp_path / "store")
    worker.process(events[:1])
    worker.store.close()
    as_in_format_2(worker.directory)
    worker.store = worker._opened(worker.directory)
    assert (worker.store.watermark, worker.store.changelog) == (None, 0)
    assert worker.store.head(CONTACT) is None
    worker.restore(compacted=False)
    worker.process(events[1:])
    worker.store.close()
    worker.assert_exact(events)


def as_in_format_2(directory: Path) -> None:
    db = Rdict(str(directory), Options(raw_mode=True))
    db[b"\0format"] = f"2/{sys.version_info.major}.{sys.version_info.minor}".encode()
    newest, last, assignee, previous, began, *rest = marshal.loads(db[CONTACT + b"\0h"])
    since = json.dumps(json.loads(b"{%b}" % began)["previous_since"]).encode()
    head = newest, last, assignee, previous.removesuffix(b","), since, *rest
    db[CONTACT + b"\0h"] = marshal.dumps(head)
    db.close()


def test_another_contacts_records_are_never_met(tmp_path: Path) -> None:
    store = Store(tmp_path / "store", LIMITS)
    deriver = Deriver(store, Decoder(10_000, None), LIMITS, 1)
    for number, contact in enumerate(("a", "ab", 'a"', "a\\", "é")):
        event = json.loads(wire(Said(number, "", START, None, True, ("x", "X"))))
        event |= {"event_id": f"00000000-0000-0000-0000-00000000000{number}", "contact_id": contact}
        message = Message(number, 0, key(1, contact), json.dumps(event).encode(), ())
        changes = Changes()
        (part,) = deriver.derive(Batch("t", 0, 0, [message]), changes)
        assert len(part.rows) == 1
        store.write(changes, Watermark(number, "id", 1, LIMITS), number, 0.0)
    store.close()


def test_filters_stay_on_when_a_store_is_opened_again(tmp_path: Path) -> None:
    for _ in range(2):
        Store(tmp_path / "store", LIMITS).close()
    newest = max((tmp_path / "store").glob("OPTIONS-*"))
    assert "filter_policy=bloomfilter" in newest.read_text()
