"""Which local copies may be brought up to date, and which are thrown away."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from stream import restore
from stream.history import Horizon
from stream.store import Changes, Store
from stream.topics import TOMBSTONES_KEPT_MS
from stream.watermark import Watermark

LIMITS = Horizon()
LONG_AGO = TOMBSTONES_KEPT_MS / 1000


@pytest.mark.parametrize(
    ("source", "low", "high", "age", "usable"),
    [
        ("its", 0, 40, 0, True),
        ("its", 0, 90, 0, True),
        ("its", 40, 90, 0, True),
        ("its", 0, 39, 0, False),  # the changelog ends before the copy: it was cut off
        ("its", 41, 90, 0, False),  # what the copy lacks is gone from the changelog
        ("its", 0, 90, LONG_AGO, False),  # a deletion may have been compacted away since
        ("another", 0, 90, 0, False),  # it was made anew
    ],
)
def test_usable(source: str, low: int, high: int, age: float, usable: bool, tmp_path: Path) -> None:
    store = Store(tmp_path / "store", LIMITS)
    store.source = "its"
    store.write(Changes(), Watermark(9, "id", 1, LIMITS), 40, time.time() - age)
    store.close()
    store = Store(tmp_path / "store", LIMITS)
    assert restore._usable(store, source, low, high) is usable
    store.close()


@pytest.mark.parametrize(
    ("copy", "newest", "ahead"),
    [(None, None, False), (None, 9, False), (9, 9, False), (9, 10, False), (9, 8, True)],
)
def test_a_copy_that_says_more_than_its_changelog(
    copy: int | None, newest: int | None, ahead: bool
) -> None:
    """Kafka took back what it had confirmed; nothing at all is less than any."""
    found = [n if n is None else Watermark(n, "id", 1, LIMITS) for n in (copy, newest)]
    assert restore._ahead(*found) is ahead
    assert restore._ahead(found[0], None) is (copy is not None)


def test_a_copy_without_a_place_is_not_usable(tmp_path: Path) -> None:
    store = Store(tmp_path / "store", LIMITS)
    assert not restore._usable(store, "", 0, 0)
    store.close()


def test_what_cannot_be_read_is_thrown_away(tmp_path: Path) -> None:
    path = tmp_path / "store"
    Store(path, LIMITS).close()
    (path / "CURRENT").write_bytes(b"no manifest")
    store = restore.open_store(path, LIMITS)
    assert store.watermark is None
    store.close()
