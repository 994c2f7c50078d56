"""What `stream/store.py` relies on of RocksDB, asked of the simulated one and of the real alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import rocksdict

from tests.simulation import rocks
from tests.simulation.world import World, enter

Check = Callable[[ModuleType, str], None]


def _open(library: ModuleType, path: str):  # type: ignore[no-untyped-def]
    return library.Rdict(path, library.Options(raw_mode=True))


def _filled(library: ModuleType, path: str):  # type: ignore[no-untyped-def]
    db, batch = _open(library, path), library.WriteBatch(raw_mode=True)
    for key in (b"b", b"a", b"d", b"c"):
        batch.put(key, key.upper())
    batch.delete(b"c")
    batch.put(b"b", b"again")
    unlogged = library.WriteOptions()
    unlogged.disable_wal = True
    db.write(batch, unlogged)
    return db


def a_batch_is_done_in_its_order(library: ModuleType, path: str) -> None:
    db = _filled(library, path)
    assert [db.get(key) for key in (b"a", b"b", b"c", b"d")] == [b"A", b"again", None, b"D"]
    assert list(db.keys()) == [b"a", b"b", b"d"]
    db.close()


def cursors_go_to_the_next_and_to_the_one_before(library: ModuleType, path: str) -> None:
    db = _filled(library, path)
    cursor = db.iter()
    cursor.seek(b"c")
    assert (cursor.key(), cursor.value()) == (b"d", b"D")
    cursor.next()
    assert not cursor.valid()
    cursor.seek_for_prev(b"c")
    assert cursor.key() == b"b"
    cursor.prev()
    assert cursor.key() == b"a"
    cursor.prev()
    assert not cursor.valid()
    cursor.seek_for_prev(b"A")
    assert not cursor.valid()
    del cursor
    db.close()


def what_was_flushed_is_there_when_it_is_opened_again(library: ModuleType, path: str) -> None:
    db = _filled(library, path)
    db.flush()
    db.close()
    again = _open(library, path)
    assert list(again.keys()) == [b"a", b"b", b"d"]
    again.close()


def who_has_it_open_keeps_others_out(library: ModuleType, path: str) -> None:
    db = _open(library, path)
    with pytest.raises(Exception, match="lock"):
        _open(library, path)
    db.close()


CONTRACT = [
    a_batch_is_done_in_its_order,
    cursors_go_to_the_next_and_to_the_one_before,
    what_was_flushed_is_there_when_it_is_opened_again,
    who_has_it_open_keeps_others_out,
]


@pytest.mark.parametrize("check", CONTRACT, ids=lambda check: check.__name__)
def test_the_real_one(check: Check, tmp_path: Path) -> None:
    check(rocksdict, str(tmp_path / "db"))


@pytest.mark.parametrize("check", CONTRACT, ids=lambda check: check.__name__)
def test_the_simulated_one(check: Check) -> None:
    world = enter(World(1, frozenset()))

    def work() -> None:
        try:
            check(rocks, "/db")
        except AssertionError as wrong:
            world.failure = wrong

    world.spawn(world.outside, work)
    world.run(100)
