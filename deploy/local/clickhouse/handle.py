"""A handle on the engine: one statement at a time, with settings that can be put back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum, auto
from pathlib import Path
from typing import Any

from chdb import _chdb

from deploy.local.clickhouse.configuration import LOCK, LOCK_OF_READERS, MARK
from deploy.local.clickhouse.errors import SYNTAX_ERROR, error
from deploy.local.clickhouse.results import Blocks, Pipe, Result, checked, encoded, result_of
from deploy.local.clickhouse.spool import SPOOLS, Spool
from deploy.local.clickhouse.statement import SHORT, Insert
from deploy.local.clickhouse.users import User

library: Any = _chdb
# What the library does and a server does not.
_SERVER_LIKE = {
    "implicit_select": "0",
    "allow_introspection_functions": "0",
    # The rows of an INSERT are read from a file, and a repeated one must make the same blocks.
    "parallelize_output_from_storages": "0",
}
# Settings by name; None is the engine's default.
Values = Mapping[str, str | None]
_CLASSES = 256
# What must be as it was before a handle serves another request.
_STATE = """
SELECT currentUser(), currentRoles(), currentDatabase(),
    (SELECT count() FROM system.tables WHERE is_temporary),
    (SELECT groupArray((name, value)) FROM system.settings WHERE value != default)
"""


def quoted(value: str) -> str:
    """A string as a SQL literal."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def parameter(value: str) -> str:
    """A text as the value of a query parameter, which the engine takes apart itself."""
    escaped = value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
    return "".join(
        letter if letter.isascii() else "".join(f"\\x{byte:02X}" for byte in encoded(letter))
        for letter in escaped
    )


class Kind(Enum):
    """What the engine says a statement does."""

    READS = auto()
    WRITES = auto()
    """It changes tables, and nothing of the handle it runs on."""
    OTHER = auto()


_KINDS = {library.query_class.READ_ONLY: Kind.READS, library.query_class.MUTATING: Kind.WRITES}


class Handle:
    """One connection to the engine. Not for two threads at once, but for `cancel`."""

    def __init__(self, url: str, user: User, number: int, scratch: Path) -> None:
        self.user, self.mark = user, f"{user.name}/{number}"
        self._limits = {name: str(value) for name, value in user.limits.items()}
        settings = {**_SERVER_LIKE, MARK: self.mark}
        if user.reads_only:
            settings[LOCK] = str(LOCK_OF_READERS)
        self._connection: Any = _connect(url, settings)
        self._settings: dict[str, str | None] = {}
        self._database = "default"
        # What the engine said of statements; it depends on the settings.
        self._classes: dict[str, tuple[Kind, int]] = {}
        self._pipe = Pipe(scratch / f"handle-{number}")
        self._spools = scratch / SPOOLS
        if user.reads_only:
            self._confine()
            self._state = self.execute(_STATE).data

    def _confine(self) -> None:
        self.execute(f"SET ROLE {self.user.name}")
        self.execute(f"SET profile = '{self.user.name}'")
        self._settings = dict(self._limits)
        limits = [f"{name} = {value}" for name, value in self._settings.items()]
        self.execute(f"SET {', '.join([*limits, 'readonly = 2'])}")

    def fits(self, database: str, settings: Values) -> bool:
        """Whether `configure` would have nothing to do."""
        return database == self._database and self._settings == self._wanted(settings)

    def distance(self, database: str, settings: Values) -> int:
        """How much `configure` would have to change."""
        changed = self._settings.items() ^ self._wanted(settings).items()
        return len(changed) + (database != self._database)

    def configure(self, database: str, settings: Values) -> None:
        """Have exactly these settings, whose names the engine knows, and this database.

        Raises:
            ClickHouseError: The engine refuses one; the handle is then to be closed.
        """
        wanted = self._wanted(settings)
        changed: dict[str, str | None] = dict.fromkeys(self._settings.keys() - wanted.keys())
        changed |= {n: v for n, v in wanted.items() if self._settings.get(n, self) != v}
        if changed:
            self._set(changed)
            self._settings = wanted
            self._classes.clear()
        if database != self._database:
            self.execute("USE {name:Identifier}", params={"name": parameter(database)})
            self._database = database

    def _set(self, values: Values) -> None:
        given = {name: value for name, value in values.items() if value is not None}
        places = [f"{name} = {{{name}:String}}" for name in given]
        defaults = [f"{name} = DEFAULT" for name in values.keys() - given.keys()]
        parameters = {name: parameter(value) for name, value in given.items()}
        self.execute(f"SET {', '.join([*places, *defaults])}", params=parameters)

    def _wanted(self, settings: Values) -> dict[str, str | None]:
        return {**self._limits, **settings}

    def is_as_it_was(self) -> bool:
        """Put settings and database back, and ask the engine whether all is as it was at first.

        Raises:
            ClickHouseError: They cannot be put back.
        """
        self.configure("default", {})
        return self.execute(_STATE).data == self._state

    @property
    def settled(self) -> bool:
        """Whether its settings can no longer be changed."""
        return "readonly" in self._settings

    def execute(
        self, sql: str, form: str = "TabSeparated", params: Mapping[str, str] | None = None
    ) -> Result:
        """Run a statement to its end; its whole result is in memory.

        Raises:
            ClickHouseError: The engine's error.
        """
        parameters = dict(params or {})
        return result_of(checked(self._connection.query, encoded(sql), form, params=parameters))

    def classify(self, sql: str) -> tuple[Kind, int]:
        """What the engine takes a text for, and how many statements it finds in it."""
        known = self._classes.get(sql)
        if known is None:
            report = self._connection.classify_query(encoded(sql))
            known = _KINDS.get(report["query_class"], Kind.OTHER), report["statement_count"]
            if len(sql) <= SHORT:
                if len(self._classes) == _CLASSES:
                    self._classes.clear()
                self._classes[sql] = known
        return known

    def only_reads(self, sql: str) -> bool:
        """Whether the engine takes a text for one statement that leaves no trace."""
        return self.classify(sql) == (Kind.READS, 1)

    def normal(self, *texts: str) -> list[str]:
        """Statements as the engine itself writes them: one line, plain quotes, no comments.

        Raises:
            ClickHouseError: One of them is no statement.
        """
        places = [f"formatQuerySingleLine({{t{number}:String}})" for number in range(len(texts))]
        parameters = {f"t{number}": parameter(text) for number, text in enumerate(texts)}
        given = self.execute(f"SELECT [{', '.join(places)}]", "JSONCompactColumns", parameters)
        found: list[str] = json.loads(given.data)[0][0]
        return found

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
        if self.classify(sql) != (Kind.WRITES, 1):
            raise error(SYNTAX_ERROR, "Syntax error: this is not one INSERT into a table")
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


def _connect(url: str, settings: Mapping[str, str]) -> Any:
    joined = "&".join(f"{name}={value}" for name, value in settings.items())
    return checked(library.connect, f"{url}&{joined}")
