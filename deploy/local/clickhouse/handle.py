"""A handle on the engine: one statement at a time, with settings that can be put back."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from chdb import _chdb

from deploy.local.clickhouse.configuration import LOCK, LOCK_OF_READERS, MARK
from deploy.local.clickhouse.errors import from_engine
from deploy.local.clickhouse.spool import SPOOLS, Spool
from deploy.local.clickhouse.statement import SHORT, Insert
from deploy.local.clickhouse.users import User

library: Any = _chdb
PIPE_BYTES = 1 << 20
# More would be room to allocate with each call, whatever is there.
_READ_BYTES = 1 << 17
# What the library does and a server does not.
_SERVER_LIKE = {
    "implicit_select": "0",
    "allow_introspection_functions": "0",
    # The rows of an INSERT are read from a file, and a repeated one must make the same blocks.
    "parallelize_output_from_storages": "0",
}
DEFAULT = "DEFAULT"
_CLASSES = 256


class Result(NamedTuple):
    """What a statement gave (bytes in its format) and what it touched."""

    data: bytes
    read_rows: int
    read_bytes: int
    result_rows: int
    written_rows: int
    written_bytes: int


def quoted(value: str) -> str:
    """A string as a SQL literal."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def identifier(name: str) -> str:
    """A name as a SQL identifier."""
    escaped = name.replace("\\", "\\\\").replace("`", "\\`")
    return f"`{escaped}`"


class Handle:
    """One connection to the engine. Not for two threads at once, but for `cancel`."""

    def __init__(self, url: str, user: User, number: int, scratch: Path) -> None:
        self.user, self.mark = user, f"{user.name}/{number}"
        self._limits = {name: str(value) for name, value in user.limits.items()}
        settings = {**_SERVER_LIKE, MARK: self.mark}
        if user.reads_only:
            settings[LOCK] = str(LOCK_OF_READERS)
        self._connection: Any = _connect(url, settings)
        self._settings: dict[str, str] = {}
        self._database = "default"
        # What the engine said of statements; it depends on the settings.
        self._classes: dict[str, tuple[bool, int]] = {}
        self._pipe = Pipe(scratch / f"handle-{number}")
        self._spools = scratch / SPOOLS
        if user.reads_only:
            self._confine()

    def _confine(self) -> None:
        self.execute(f"SET ROLE {self.user.name}")
        self.execute(f"SET profile = '{self.user.name}'")
        self._settings = self._limits
        limits = [f"{name} = {value}" for name, value in self._settings.items()]
        self.execute(f"SET {', '.join([*limits, 'readonly = 2'])}")

    def fits(self, database: str, settings: Mapping[str, str]) -> bool:
        """Whether `configure` would have nothing to do."""
        return database == self._database and self._settings == self._wanted(settings)

    def distance(self, database: str, settings: Mapping[str, str]) -> int:
        """How much `configure` would have to change."""
        changed = self._settings.items() ^ self._wanted(settings).items()
        return len(changed) + (database != self._database)

    def configure(self, database: str, settings: Mapping[str, str]) -> None:
        """Have exactly these settings (values are SQL literals) and this database.

        Raises:
            ClickHouseError: The engine refuses one; the handle is then to be closed.
        """
        wanted = self._wanted(settings)
        changed = dict.fromkeys(self._settings.keys() - wanted.keys(), DEFAULT)
        changed |= {name: value for name, value in wanted.items() if self.has(name) != value}
        if changed:
            self.execute("SET " + ", ".join(f"{name} = {value}" for name, value in changed.items()))
            self._settings = wanted
            self._classes.clear()
        if database != self._database:
            self.execute(f"USE {identifier(database)}")
            self._database = database

    def _wanted(self, settings: Mapping[str, str]) -> dict[str, str]:
        return {**self._limits, **settings}

    def has(self, name: str) -> str | None:
        """The value `configure` gave this setting."""
        return self._settings.get(name)

    @property
    def settled(self) -> bool:
        """Whether its settings can no longer be changed."""
        return "readonly" in self._settings

    def took(self, settings: Mapping[str, str], database: str | None = None) -> None:
        """Note what a statement of the user's (SET, USE) changed."""
        self._settings = {**self._settings, **settings}
        self._classes.clear()
        self._database = database or self._database

    def execute(
        self, sql: str, form: str = "TabSeparated", params: Mapping[str, str] | None = None
    ) -> Result:
        """Run a statement to its end; its whole result is in memory.

        Raises:
            ClickHouseError: The engine's error.
        """
        parameters = dict(params or {})
        return _result(_checked(self._connection.query, _bytes(sql), form, params=parameters))

    def read_only(self, sql: str) -> tuple[bool, int]:
        """Whether a statement leaves no trace, and how many statements it is."""
        known = self._classes.get(sql)
        if known is None:
            report = self._connection.classify_query(_bytes(sql))
            reads = report["query_class"] == library.query_class.READ_ONLY
            known = reads, report["statement_count"]
            if len(sql) <= SHORT:
                if len(self._classes) == _CLASSES:
                    self._classes.clear()
                self._classes[sql] = known
        return known

    def begin_query(self, sql: str, form: str, params: Mapping[str, str]) -> Blocks:
        """Start a SELECT whose result is taken block by block.

        Raises:
            ClickHouseError: The engine refuses it.
        """
        return Blocks(self._connection, sql, form, params)

    def spool(self) -> Spool:
        """A file for the rows of an INSERT."""
        return Spool(self._spools)

    def insert(
        self, insert: Insert, spool: Spool, params: Mapping[str, str] | None = None
    ) -> Result:
        """Insert the rows that lie in a spool.

        Raises:
            ClickHouseError: The engine refuses it, or the rows, or cannot write them.
        """
        spool.flush()
        infile = f"FROM INFILE {quoted(str(spool.path))} COMPRESSION 'none'"
        sql = f"{insert.head}\n{infile}\n{insert.settings}\nFORMAT {insert.format}"
        return self.execute(sql, params=params)

    @property
    def pipe(self) -> Pipe:
        """Where a statement with INTO OUTFILE writes to."""
        return self._pipe

    def close(self) -> None:
        """Give everything back; temporary tables go with it."""
        self._pipe.close()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


class Blocks:
    """The result of a SELECT, a block at a time, each a whole document of its format."""

    def __init__(self, connection: Any, sql: str, form: str, params: Mapping[str, str]) -> None:
        self._connection = connection
        self._query = _checked(connection.send_query, _bytes(sql), form, params=dict(params))

    def next(self) -> Result | None:
        """The next block and what was read for it; None at the end."""
        block = _result(_checked(self._connection.streaming_fetch_result, self._query))
        return block if block.result_rows else None

    def cancel(self) -> None:
        """Want no more of it."""
        _checked(self._connection.streaming_cancel_query, self._query)


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


def _connect(url: str, settings: Mapping[str, str]) -> Any:
    joined = "&".join(f"{name}={value}" for name, value in settings.items())
    return _checked(library.connect, f"{url}&{joined}")


def _checked(call: Any, *arguments: Any, **named: Any) -> Any:
    try:
        return call(*arguments, **named)
    except RuntimeError as raised:
        raise from_engine(raised) from None


def _bytes(sql: str) -> bytes:
    return sql.encode(errors="surrogateescape")


def _result(given: Any) -> Result:
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
