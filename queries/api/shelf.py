"""Where a server keeps its exports: a directory of its own, which ends with it.

Several servers may run in one BATON_HOME. Each holds a lock beside its directory; what nobody holds
was left by a server that was killed.
"""

from __future__ import annotations

import secrets
import shutil
import threading
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from queries.file_lock import held

_LOCK = ".lock"


class Shelf:
    """The directory of one server within `root`, made when something is to be put there."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._own: Path | None = None
        self._lock: BinaryIO | None = None
        self._one_at_a_time = threading.Lock()
        clear(root)

    def place(self, name: str) -> Path:
        """A new directory for an export; raises OSError."""
        with self._one_at_a_time:
            if self._own is None:
                self._own = self._begin()
        place = self._own / name
        place.mkdir(mode=0o700, parents=True)
        return place

    def close(self) -> None:
        """Everything goes."""
        with self._one_at_a_time:
            if self._own is not None and self._lock is not None:
                _remove(self._own)
                self._lock.close()
                self._own = self._lock = None

    def _begin(self) -> Path:
        """The lock comes before the directory, so that no directory is ever without one."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        own = self._root / secrets.token_hex(8)
        self._lock = held(_lock_of(own))
        own.mkdir(mode=0o700)
        return own


def clear(root: Path) -> None:
    """Remove what no server holds any more; what cannot be removed is left for the next."""
    with suppress(OSError):
        for name in {path.name.removesuffix(_LOCK) for path in root.iterdir()}:
            with suppress(OSError), held(_lock_of(root / name)):
                _remove(root / name)


def _remove(directory: Path) -> None:
    """With its lock, which is held."""
    shutil.rmtree(directory, ignore_errors=True)
    _lock_of(directory).unlink(missing_ok=True)


def _lock_of(directory: Path) -> Path:
    return directory.with_name(directory.name + _LOCK)
