"""The engine on one data directory, and its handles: lent, put back, kept for the next request."""

from __future__ import annotations

import fcntl
import itertools
import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

from deploy.local.clickhouse import configuration
from deploy.local.clickhouse.configuration import MARK
from deploy.local.clickhouse.errors import SERVER_SHUTTING_DOWN, ClickHouseError, error
from deploy.local.clickhouse.handle import Handle, Values, library, quoted
from deploy.local.clickhouse.names import load
from deploy.local.clickhouse.repair import drop_tokens_without_rows
from deploy.local.clickhouse.spool import SPOOLS
from deploy.local.clickhouse.users import ADMIN, NAME, User, Users

log = logging.getLogger(__name__)
IDLE_HANDLES = 16
_LOCK = "server.lock"
_ID = r"\\n/\\*query_id:([0-9a-f]*)\\*/"
_FILE = r"\\n(INTO OUTFILE \'[^\']*\' APPEND|FROM INFILE \'[^\']*\' COMPRESSION \'none\'\\n)"
_QUERY_LOG = f"""
CREATE OR REPLACE VIEW system.query_log SQL SECURITY INVOKER AS SELECT * REPLACE
(
    if(match(query, '{_ID}'), unhex(extract(query, '{_ID}')), query_id) AS query_id,
    if(match(query, '{_ID}'), unhex(extract(query, '{_ID}')), initial_query_id) AS initial_query_id,
    replaceRegexpOne(replaceRegexpOne(query, '{_ID}', ''), '{_FILE}', '') AS query
)
FROM system.{configuration.ENGINE_QUERY_LOG}
"""  # noqa: S608 (constants)

_SYSTEM = ("system", "information_schema", "INFORMATION_SCHEMA")
_COLUMNS = "SELECT database, table, name FROM system.columns ORDER BY database, table, position"


class DataDirectoryTaken(Exception):
    """Another server has the data directory open."""


class Engine:
    """One engine per process. All methods may be called from any thread.

    Raises:
        DataDirectoryTaken: Another process has it.
    """

    def __init__(self, path: Path, users: Users, memory: int) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self.path, self._lock_file = path, _lock(path)
        self._scratch = Path(tempfile.mkdtemp(prefix="clickhouse-"))
        _link_spools(self._scratch / SPOOLS, path.resolve() / "tmp" / SPOOLS)
        for part in drop_tokens_without_rows(path):
            log.warning("an insert was cut off before part %s was there; it can be repeated", part)
        # The engine forgets its log with the process, but not the files.
        shutil.rmtree(path / "data" / "system", ignore_errors=True)
        library.set_signal_handlers_enabled(0)
        close_functions()
        catalog = self._catalog(configuration.write(self._scratch, users, memory))
        self._url = self._at(configuration.write(self._scratch, users, memory, catalog))
        self._numbers = itertools.count(1)
        self._idle: list[Handle] = []
        self._guard = threading.Lock()
        self._closed = False
        # Held for the whole time: the engine goes down with its last handle.
        self._root = self._new(User(ADMIN, ""))
        self._root_guard = threading.Lock()
        self._make_query_log()
        self.version = self._root.execute("SELECT version()").data.decode().strip()
        self.names = load(self.ask)
        self.timezone = self._root.execute("SELECT timezone()").data.decode().strip()

    def _at(self, server: Path) -> str:
        return f"{self.path.resolve()}?config-file={server}"

    def _catalog(self, server: Path) -> configuration.Catalog:
        """What there is, found by an engine that closes again: it takes policies at its start."""
        first = Handle(self._at(server), User(ADMIN, ""), 0, self._scratch)
        try:
            found = [
                line.split("\t") for line in first.execute(_COLUMNS).data.decode().splitlines()
            ]
        finally:
            first.close()
        tables: dict[tuple[str, str], set[str]] = {}
        for database, table, column in found:
            if all(map(NAME.fullmatch, (database, table, column))):
                tables.setdefault((database, table), set()).add(column)
        return configuration.Catalog(
            system=tuple(sorted({table for database, table, _ in found if database == "system"})),
            tables={
                table: frozenset(columns)
                for table, columns in tables.items()
                if table[0] not in _SYSTEM
            },
        )

    def _make_query_log(self) -> None:
        """`system.query_log` with the clients' query ids, over the engine's, which has its own."""
        self.ask("SYSTEM FLUSH LOGS")
        self.ask(_QUERY_LOG)

    def lend(self, user: User, database: str, settings: Values) -> Handle:
        """A handle for one statement of this user, with exactly these settings.

        Raises:
            ClickHouseError: Unknown database or setting, or one the user may not change.
        """
        used = self._take(user, database, settings)
        if used is not None:
            # What another request set may keep its settings from being put back.
            with suppress(ClickHouseError):
                return self._configured(used, database, settings)
        return self._configured(self._new(user), database, settings)

    def _configured(self, handle: Handle, database: str, settings: Values) -> Handle:
        try:
            handle.configure(database, settings)
        except BaseException:
            handle.close()
            raise
        return handle

    def lend_ready(self, user: User, database: str, settings: Values) -> Handle | None:
        """An idle handle that is as it should be; None if there is none. Does not wait."""
        with self._guard:
            for handle in self._idle:
                if handle.user.name == user.name and handle.fits(database, settings):
                    self._idle.remove(handle)
                    return handle
        return None

    def _take(self, user: User, database: str, settings: Values) -> Handle | None:
        with self._guard:
            if self._closed:
                raise error(SERVER_SHUTTING_DOWN, "Server is shutting down")
            fitting = [
                handle
                for handle in self._idle
                if handle.user.name == user.name
                and (not handle.settled or handle.fits(database, settings))
            ]
            if not fitting:
                return None
            best = min(fitting, key=lambda handle: handle.distance(database, settings))
            self._idle.remove(best)
            return best

    def _new(self, user: User) -> Handle:
        return Handle(self._url, user, next(self._numbers), self._scratch)

    def put_back(self, handle: Handle) -> None:
        """Keep the handle for another request; of many, the one kept longest goes."""
        with self._guard:
            if not self._closed:
                self._idle.append(handle)
                if len(self._idle) <= IDLE_HANDLES:
                    return
                handle = self._idle.pop(0)
        handle.close()

    def give_back(self, handle: Handle) -> None:
        """Keep a handle; a reader's only if the engine says that it is as it was."""
        try:
            same = not handle.user.reads_only or handle.is_as_it_was()
        except ClickHouseError as problem:  # such as `readonly = 1`, which nothing undoes
            log.info("a handle of %s is closed: %s", handle.user.name, problem)
            same = False
        if same:
            self.put_back(handle)
        else:
            handle.close()

    def kill(self, handles: Iterable[Handle]) -> None:
        """Stop what these handles are running; returns before it has stopped."""
        marks = ", ".join(quoted(handle.mark) for handle in handles)
        self.ask(f"KILL QUERY WHERE Settings['{MARK}'] IN ({marks}) ASYNC")

    def kill_all(self) -> None:
        """Stop everything that runs."""
        self.ask("KILL QUERY WHERE 1 ASYNC")

    def query_id(self, handle: Handle) -> str | None:
        """What the engine calls the statement the handle is running."""
        mark = f"Settings['{MARK}'] = {quoted(handle.mark)}"
        return self.ask(f"SELECT query_id FROM system.processes WHERE {mark}") or None  # noqa: S608

    def ask(self, sql: str) -> str:
        """Run a short statement of the server's own."""
        with self._root_guard:
            return self._root.execute(sql).data.decode().strip()

    def close(self) -> None:
        """Close idle handles, then the engine; lent handles are to be closed before."""
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
        for handle in idle:
            handle.close()
        self._root.close()
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._lock_file.close()


def close_functions() -> None:
    """Put functions that refuse in the place of those that no grant covers: `file` reads whatever
    the process can, the raw parts in the data directory among it."""
    for name in ("file", "getServerSetting"):
        library.create_function(name, _closed(name), ["String"], "String")


def _closed(name: str) -> Callable[[str], str]:
    def refuse(_: str) -> str:
        raise PermissionError(f"the function {name}() is closed on this server")

    return refuse


def _link_spools(link: Path, directory: Path) -> None:
    """Keep rows on the data's disk, without those of a server that was killed.

    The engine reads by way of the link: it takes `*` and `{` in a path for a pattern.
    """
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(mode=0o700, parents=True)
    link.symlink_to(directory)


def _lock(path: Path) -> IO[str]:
    file = open(path / _LOCK, "a+")  # noqa: SIM115 (held until the process ends)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise DataDirectoryTaken(
            f"{path} is in use by another server (process {holder}); stop it, or use another "
            "directory"
        ) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file
