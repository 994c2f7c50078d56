"""The rows of an INSERT, in a file that the engine reads once all of them are there.

The engine can also be handed rows piece by piece, but then says nothing of a write that fails.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from deploy.local.clickhouse.errors import NOT_ENOUGH_SPACE, error

SPOOLS = "spools"


class Spool:
    """A file of mode 0600 that goes with `close`. May be closed while a thread writes to it."""

    def __init__(self, directory: Path) -> None:
        self._file = tempfile.NamedTemporaryFile(dir=directory)  # noqa: SIM115 (see `close`)
        self.path = Path(self._file.name)

    def write(self, pieces: Iterable[bytes]) -> None:
        """Add some pieces; rows may be cut anywhere.

        Raises:
            ClickHouseError: 243, the disk is full.
        """
        try:
            self._file.writelines(pieces)
        except OSError as problem:
            raise _full(problem) from None

    def flush(self) -> None:
        """Let the engine see all that was written.

        Raises:
            ClickHouseError: 243, the disk is full.
        """
        try:
            self._file.flush()
        except OSError as problem:
            raise _full(problem) from None

    def close(self) -> None:
        """Remove the file."""
        # What does not fit on the disk is not wanted any more.
        with suppress(OSError):
            self._file.close()


def _full(problem: OSError) -> Exception:
    return error(NOT_ENOUGH_SPACE, f"Cannot keep the rows of the INSERT: {problem.strerror}")
