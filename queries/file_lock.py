"""A file that is held by one at a time, whatever process or thread; who ends, lets go of it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import BinaryIO


def held(path: Path) -> BinaryIO:
    """The file, made where it is missing, open to read and write, and held until it is closed.

    Raises BlockingIOError where another holds it, or another OSError.
    """
    while True:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666), "r+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(path, file):
                return file
        except BaseException:
            file.close()
            raise
        file.close()  # whoever held it took it away, or gave it another name


def _is_at(path: Path, file: BinaryIO) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
