"""What a statement gives: whole, block by block, or through a pipe."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from deploy.local.clickhouse.errors import from_engine

PIPE_BYTES = 1 << 20
# More would be room to allocate with each call, whatever is there.
_READ_BYTES = 1 << 17


class Result(NamedTuple):
    """What a statement gave (bytes in its format) and what it touched."""

    data: bytes
    read_rows: int
    read_bytes: int
    result_rows: int
    written_rows: int
    written_bytes: int


class Blocks:
    """The result of a SELECT, a block at a time, each a whole document of its format."""

    def __init__(self, connection: Any, sql: str, form: str, params: Mapping[str, str]) -> None:
        self._connection = connection
        self._query = checked(connection.send_query, encoded(sql), form, params=dict(params))

    def next(self) -> Result | None:
        """The next block and what was read for it; None at the end."""
        block = result_of(checked(self._connection.streaming_fetch_result, self._query))
        return block if block.result_rows else None

    def cancel(self) -> None:
        """Want no more of it."""
        checked(self._connection.streaming_cancel_query, self._query)


class Pipe:
    """A named pipe: the engine writes a result of any format into it while the front reads it.

    Held open for both directions, so that neither side waits for the other to open it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        os.mkfifo(path, 0o600)
        self.descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        _widen(self.descriptor)

    def read(self) -> bytes:
        """What lies in the pipe, at most `_READ_BYTES`; empty if there is nothing now."""
        try:
            return os.read(self.descriptor, _READ_BYTES)
        except BlockingIOError:
            return b""

    def drain(self) -> None:
        """Drop what lies in the pipe."""
        self.read()

    def watch(self, notify: Callable[[], None], _: int) -> None:
        """Have `notify` called by the event loop when there is anything to read."""
        asyncio.get_running_loop().add_reader(self.descriptor, notify)

    def unwatch(self) -> None:
        """No more calls."""
        asyncio.get_running_loop().remove_reader(self.descriptor)

    def close(self) -> None:
        """Remove it."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.path.unlink(missing_ok=True)
            self.descriptor = -1


def _widen(descriptor: int) -> None:
    """Fewer turns per result, where the system allows it: not on macOS, not beyond a quota."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with suppress(PermissionError):
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def checked(call: Any, *arguments: Any, **named: Any) -> Any:
    try:
        return call(*arguments, **named)
    except RuntimeError as raised:
        raise from_engine(raised) from None


def encoded(sql: str) -> bytes:
    return sql.encode(errors="surrogateescape")


def result_of(given: Any) -> Result:
    if given.has_error():
        raise from_engine(RuntimeError(given.error_message()))
    return Result(
        given.bytes(),
        given.storage_rows_read(),
        given.storage_bytes_read(),
        given.rows_read(),
        given.rows_written(),
        given.bytes_written(),
    )
