"""rocksdict as `stream/store.py` uses it: whole batches in memory, lost by a crash from some batch
on."""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from typing import Any

from tests.simulation.world import here

Change = tuple[bytes, bytes | None]


class Options:
    """Takes every option, and has none."""

    def __init__(self, raw_mode: bool = True) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


BlockBasedOptions = Options


class WriteOptions:
    disable_wal = False


class WriteBatch:
    def __init__(self, raw_mode: bool = True) -> None:
        self.changes: list[Change] = []

    def put(self, key: bytes, value: bytes) -> None:
        self.changes.append((key, value))

    def delete(self, key: bytes) -> None:
        self.changes.append((key, None))


class Rdict:
    """A database in a directory of the world's disk."""

    def __init__(self, path: str, options: object = None, column_families: object = None) -> None:
        self._world, self._path = here(), path
        process = self._world.process
        self._world.step("open of the store")
        if any(isinstance(each, Rdict) and each._path == path for each in process.stores):
            raise Exception(f"lock of {path} is held by this process")
        self._synced = self._world.disk.get(path, {})
        self._batches: list[list[Change]] = []
        self._data = dict(self._synced)
        self._keys = sorted(self._data)
        process.stores.append(self)

    def get(self, key: bytes) -> bytes | None:
        return self._data.get(key)

    def put(self, key: bytes, value: bytes) -> None:
        self._apply([(key, value)])

    def write(self, batch: WriteBatch, options: object = None) -> None:
        self._world.alive()
        self._apply(batch.changes)

    def _apply(self, changes: list[Change]) -> None:
        self._batches.append(changes)
        data, keys = self._data, self._keys
        for key, value in changes:
            if value is None:
                if data.pop(key, None) is not None:
                    del keys[bisect_left(keys, key)]
            else:
                if key not in data:
                    insort(keys, key)
                data[key] = value

    def flush(self) -> None:
        self._world.alive()
        self._sync(len(self._batches))

    def _sync(self, count: int) -> None:
        data = dict(self._synced)
        for changes in self._batches[:count]:
            for key, value in changes:
                if value is None:
                    data.pop(key, None)
                else:
                    data[key] = value
        self._synced, self._batches = data, self._batches[count:]
        self._world.disk[self._path] = data

    def crash(self, chance: random.Random) -> None:
        """Of what was not flushed the first batches are there: memtables become files in order."""
        self._sync(chance.randint(0, len(self._batches)))

    def close(self) -> None:
        self._world.alive()
        stores = self._world.process.stores
        if self in stores:
            self._sync(len(self._batches))
            stores.remove(self)

    def keys(self) -> Iterator[bytes]:
        return iter(list(self._keys))

    def iter(self) -> Cursor:
        return Cursor(self)


class Cursor:
    """RocksDB's iterator."""

    def __init__(self, db: Rdict) -> None:
        self._db, self._at = db, -1

    def seek(self, key: bytes) -> None:
        self._at = bisect_left(self._db._keys, key)

    def seek_for_prev(self, key: bytes) -> None:
        self._at = bisect_right(self._db._keys, key) - 1

    def valid(self) -> bool:
        return 0 <= self._at < len(self._db._keys)

    def key(self) -> bytes:
        return self._db._keys[self._at]

    def value(self) -> bytes:
        return self._db._data[self.key()]

    def next(self) -> None:
        self._at += 1

    def prev(self) -> None:
        self._at -= 1
