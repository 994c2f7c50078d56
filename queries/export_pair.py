"""The file of an export and its manifest: written beside older ones, put in their place when whole.

| step | what a reader finds after it |
|---|---|
| 1. FILE.manifest.json.part is made and held: one export at a time writes FILE | the older pair |
| 2. FILE.part grows, then the manifest is written; both reach the disk | the older pair |
| 3. the older manifest is put aside | the older file, without a manifest |
| 4. FILE.part becomes FILE | the new file, without a manifest |
| 5. FILE.manifest.json.part becomes FILE.manifest.json | the new pair |

So no manifest ever lies beside a file that it does not describe, whatever ends when. What a killed
export left under names of its own, the next one to FILE takes away.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple

from queries.file_lock import held

_GROWING = ".part"
_MANIFEST = ".manifest.json"
_KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class _Names(NamedTuple):
    """What lies beside FILE."""

    growing: Path
    manifest: Path
    new_manifest: Path
    aside: Path


class NotWritten(Exception):
    """An export that did not come into its place.

    `reason` names no path; the whole text does, and says what is there now.
    """

    def __init__(self, target: Path, reason: str, kept: str = "") -> None:
        super().__init__("; ".join(filter(None, (f"cannot write {target}: {reason}", kept))))
        self.reason = reason


class Pair:
    """Both files while they grow: `file` is given the export."""

    file: BinaryIO

    def __init__(self, target: Path, lock: BinaryIO) -> None:
        self._target = target
        self._beside = _beside(target)
        self._lock = lock
        self._step = 1

    def begin(self) -> None:
        """What a killed export left gives way; of its manifest there is only the one held."""
        self._beside.aside.unlink(missing_ok=True)
        self._beside.growing.unlink(missing_ok=True)
        self.file = self._beside.growing.open("xb")
        self._step = 2

    def publish(self, manifest: bytes) -> None:
        """What `file` was given, and this manifest, take the place of the older ones."""
        self._lock.truncate(0)
        self._lock.write(manifest)
        for grown in (self.file, self._lock):
            grown.flush()
            os.fsync(grown.fileno())
        self.file.close()
        with suppress(FileNotFoundError):
            self._beside.manifest.replace(self._beside.aside)
        self._did(3)
        self._beside.growing.replace(self._target)
        self._did(4)
        self._beside.new_manifest.replace(self._beside.manifest)
        self._did(5)
        with suppress(OSError):
            self._beside.aside.unlink()

    def give_up(self) -> str:
        """Take away what is not in its place; in words, what is there then."""
        beside, undo = self._beside, list[Callable[[], object]]()
        if self._step == 3:
            undo.append(partial(beside.aside.replace, beside.manifest))
        if self._step >= 2:
            undo.append(self.file.close)
        if self._step < 5:  # the manifest last: while it is held, nobody else begins
            undo += [beside.growing.unlink, beside.aside.unlink, beside.new_manifest.unlink]
        for step in undo:
            with suppress(OSError):
                step()
        if self._step == 4:
            return "the new file is in its place and whole, its manifest is missing"
        return kept(self._target)

    def _did(self, step: int) -> None:
        """The disk keeps it before the next begins."""
        self._step = step
        with suppress(OSError):  # not every file system can
            directory = os.open(self._target.parent, os.O_RDONLY)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)


@contextmanager
def replacing(target: Path) -> Iterator[Pair]:
    """Both files, to write and to publish; where that fails, the older ones stay as they were.

    Raises NotWritten, for whatever OSError is raised within, too.
    """
    try:
        _check(target)
        lock = held(_beside(target).new_manifest)
    except BlockingIOError:
        raise NotWritten(target, "another export is writing it") from None
    except OSError as error:
        raise NotWritten(target, _reason(error), kept(target)) from error
    with lock:
        pair = Pair(target, lock)
        try:
            pair.begin()
            yield pair
        except OSError as error:
            raise NotWritten(target, _reason(error), pair.give_up()) from error
        except BaseException:
            pair.give_up()
            raise


def manifest_path(target: Path) -> Path:
    """Where the manifest of an export lies."""
    return target.with_name(target.name + _MANIFEST)


def kept(target: Path) -> str:
    """What is there after an export that was given up, in words."""
    older = ", the older export is as it was" if os.path.lexists(target) else ""
    return f"nothing of it is kept{older}"


def _beside(target: Path) -> _Names:
    manifest = manifest_path(target)
    return _Names(
        target.with_name(target.name + _GROWING),
        manifest,
        manifest.with_name(manifest.name + _GROWING),
        manifest.with_name(f"{manifest.name}.old{_GROWING}"),
    )


def _check(target: Path) -> None:
    """Raises NotWritten where an export must not put something in the place of what is there."""
    if target.name.endswith((_GROWING, _MANIFEST)):
        reason = f"a name that ends in {_GROWING} or {_MANIFEST} belongs to another export"
        raise NotWritten(target, reason)
    if not target.parent.is_dir():
        raise NotWritten(target, f"there is no directory {target.parent}")
    _check_kind(target, target)
    for path in _beside(target):
        _check_kind(target, path)


def _check_kind(target: Path, path: Path) -> None:
    with suppress(FileNotFoundError):
        kind = _KINDS.get(stat.S_IFMT(path.lstat().st_mode))
        if kind:
            raise NotWritten(target, f"{path.name or path} is {kind}, not a regular file")


def _reason(error: OSError) -> str:
    return error.strerror or "the disk failed"
