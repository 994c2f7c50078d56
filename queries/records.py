"""Lists kept in a file of its owner's alone: whole or not at all, changed by one at a time.

The lock beside a list stays: where it is and the list is not, the list was taken away.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, TypeAdapter

from producers.private import private
from producers.variables import home

LARGEST = 8 << 20
"""Bytes: some 30,000 records. A larger file is none of ours, and is not read."""

Record = TypeVar("Record", bound=BaseModel)


class RecordsUnusable(Exception):
    """The file cannot be read or written, or a record cannot be made so; the text says why."""


class Records(Generic[Record]):
    """The records in a file; what other processes change is seen at once."""

    def __init__(self, path: Path, of: type[Record]) -> None:
        self.path = path
        self._lock = path.with_name(f"{path.name}.lock")
        self._list: TypeAdapter[list[Record]] = TypeAdapter(list[of])  # type: ignore[valid-type]
        self._read_at: tuple[int, ...] = ()
        self._records: list[Record] = []

    @property
    def begun(self) -> bool:
        """Whether there ever was a list, even if it is gone. Raises RecordsUnusable."""
        with self._explained():
            return bool(self._read_at) or any(map(_exists, (self._lock, self.path)))

    def all(self) -> list[Record] | None:
        """Every record, oldest first; None where there is no file. Raises RecordsUnusable."""
        with self._explained():
            try:
                # Without O_NONBLOCK a pipe in the file's place would hold up the caller for ever.
                handle = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            except FileNotFoundError:
                return None
            try:
                self._read(handle)
            finally:
                os.close(handle)
        return self._records

    def change(self, edit: Callable[[list[Record]], list[Record]]) -> None:
        """Put what `edit` makes of the records in their place. Raises RecordsUnusable.

        One after the other: of two changes at once, one would be lost.
        """
        with self._explained(), self._held():
            before = self.all() or []
            after = edit(before)
            if after != before:
                self._write(after)

    def _read(self, handle: int) -> None:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise RecordsUnusable(f"{self.path} is no regular file")
        if found.st_size > LARGEST:
            raise RecordsUnusable(f"{self.path} is larger than {LARGEST >> 20} MiB")
        version = (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        if version != self._read_at:
            text = b"".join(iter(lambda: os.read(handle, 1 << 20), b""))
            self._records = self._list.validate_json(text)
            self._read_at = version

    def _write(self, records: list[Record]) -> None:
        text = self._list.dump_json(records, indent=1)
        if len(text) > LARGEST:
            raise RecordsUnusable(f"{self.path} is full: it may have {LARGEST >> 20} MiB")
        draft = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)

    @contextmanager
    def _held(self) -> Iterator[None]:
        if self.path.parent == home():
            private(self.path.parent)
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except ValueError as damaged:
            raise RecordsUnusable(f"{self.path} is damaged: {_first_line(damaged)}") from damaged
        except OSError as failed:
            raise RecordsUnusable(f"{self.path}: {failed.strerror}") from failed


def _exists(path: Path) -> bool:
    """Whether anything is there; raises OSError where that cannot be told."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _first_line(error: ValueError) -> str:
    return str(error).partition("\n")[2].partition("\n")[0].strip() or str(error)
