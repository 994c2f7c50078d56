"""A disk so small that a test can fill it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


class Disk:
    """A file system of its own, mounted at `path`."""

    def __init__(self, path: Path) -> None:
        self.path, self._ballast = path, path / "ballast"

    def fill(self) -> None:
        """Take all the space there is."""
        for piece in (65_536, 512):
            with self._ballast.open("ab", buffering=0) as file, suppress(OSError):
                while True:
                    file.write(bytes(piece))

    def give(self, bytes_back: int) -> None:
        """Give some of the space back."""
        os.truncate(self._ballast, max(0, self._ballast.stat().st_size - bytes_back))

    def empty(self) -> None:
        """Give all of it back."""
        self._ballast.unlink()


@contextmanager
def small_disk(path: Path, megabytes: int) -> Iterator[Disk]:
    """A file system of that size at `path`; skips the test where mounting is not permitted."""
    path.mkdir(parents=True)
    size = f"size={megabytes}m"
    command = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(path)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        pytest.skip(f"no small disk to fill: {error}")
    if mounted.returncode:
        pytest.skip(f"no small disk to fill, mounting is not permitted: {mounted.stderr.strip()}")
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)
