"""ClickHouse's tables, as a numbered history of SQL files.

What was applied is recorded in `schema_migrations`, with a checksum. A file is recorded after its
last statement, and every statement can be run again (`IF NOT EXISTS`), so a run that was cut short,
or two at once, end in the same schema.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import NamedTuple

from clickhouse_connect.driver.client import Client

from producers.installed import version
from sink.changes import Change, Scope, Unroutable, changes, scope

_FILE_NAME = re.compile(r"(\d{4})_\w+\.sql")

HISTORY = """\
CREATE TABLE IF NOT EXISTS schema_migrations
(
    number UInt16 COMMENT 'Number of the file',
    name String COMMENT 'Its name',
    checksum FixedString(64) COMMENT 'SHA-256 of its text',
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When its last statement was done',
    applied_by String COMMENT 'Version of Baton that did it'
)
ENGINE = ReplacingMergeTree
ORDER BY number
COMMENT 'Migrations that were applied'"""


class MigrationRefused(Exception):
    """The history in ClickHouse and the files do not fit; the text says which and what to do."""


BEFORE_1_0 = "0001_assignments.sql"
"""The first migration of the versions before 1.0, whose tables are others."""

_OLDER = """\
this database was made by a Baton before 1.0, whose tables are others. Nothing was changed.
  Leave it as it is, set CLICKHOUSE_URL to a database that is not there yet, and run
    baton migrate
    baton replay rebuild --execute
    baton replay exchange 2 --execute
  Where retention has deleted the beginning of assignment-events, the rows before it are in this
  database alone: `sink/README.md`, "From a Baton before 1.0", says what can be kept and how."""


@dataclass(frozen=True)
class Migration:
    """One numbered file."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, as 64 hexadecimal digits."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @cached_property
    def scope(self) -> Scope:
        """Where its statements run; raises MigrationRefused."""
        try:
            return scope(self.sql)
        except Unroutable as fault:
            raise MigrationRefused(f"{self.name}: {fault}") from None

    @cached_property
    def changes(self) -> Sequence[Change]:
        """Its statements; raises MigrationRefused."""
        try:
            return changes(self.sql)
        except Unroutable as fault:
            raise MigrationRefused(f"{self.name}: {fault}") from None


class Applied(NamedTuple):
    """What `schema_migrations` records of a file."""

    checksum: str
    by: str
    """Version of Baton."""


def migrations() -> list[Migration]:
    """All files of `sink/migrations`, by number; raises MigrationRefused on a misnamed or doubled
    one."""
    found = []
    for file in files("sink").joinpath("migrations").iterdir():
        if file.name.endswith(".sql"):
            found.append(_migration(file.name, file.read_text(encoding="utf-8")))
    return checked(found)


def checked(found: Iterable[Migration]) -> list[Migration]:
    """`found` in order; raises MigrationRefused when the numbers are not 1, 2, 3, ... or a file
    does not say where its statements run."""
    ordered = sorted(found, key=lambda migration: migration.number)
    for expected, migration in enumerate(ordered, start=1):
        if migration.number != expected:
            raise MigrationRefused(f"{migration.name}: its number should be {expected:04}")
        if not migration.changes:
            raise MigrationRefused(f"{migration.name} holds no statement")
    return ordered


def pending(all_of_them: Sequence[Migration], applied: Mapping[int, Applied]) -> list[Migration]:
    """Those that are not applied yet.

    Raises MigrationRefused when an applied file has changed, is missing, or comes after one that
    was not applied.
    """
    known = {migration.number: migration for migration in all_of_them}
    for number, (checksum, by) in applied.items():
        if number not in known:
            raise MigrationRefused(
                f"migration {number:04} was applied by Baton {by} and is not in this version"
                f" ({version()}): use {by} or newer. Versions that have the same"
                " migrations can replace each other in either direction"
            )
        if known[number].checksum != checksum:
            raise MigrationRefused(
                f"{known[number].name} was changed after it was applied: put it back as it was, "
                "and write the change as a new file with the next number"
            )
    missing = [migration for migration in all_of_them if migration.number not in applied]
    if applied and missing and missing[0].number < max(applied):
        raise MigrationRefused(f"{missing[0].name} was never applied, later ones were")
    return missing


def migrate(client: Client, all_of_them: Sequence[Migration]) -> Iterator[Migration]:
    """Applies what is pending to a database that no sink writes to (`upgrade.py` does it where some
    do), yielding each file once it is recorded; raises MigrationRefused before anything is run, and
    ClickHouse's own errors."""
    client.command(HISTORY)
    for migration in pending(all_of_them, applied(client)):
        for change in migration.changes:
            client.command(change.sql)
        record(client, migration)
        yield migration


def record(client: Client, migration: Migration) -> None:
    """Note that a migration was applied."""
    client.insert(
        "schema_migrations",
        [[migration.number, migration.name, migration.checksum, version()]],
        column_names=["number", "name", "checksum", "applied_by"],
    )


def applied(client: Client) -> dict[int, Applied]:
    """What `schema_migrations` records, by number; raises MigrationRefused where a version before
    1.0 wrote it."""
    rows = list(client.query("SELECT * FROM schema_migrations FINAL").named_results())
    if any(row["name"] == BEFORE_1_0 for row in rows):
        raise MigrationRefused(_OLDER)
    return {row["number"]: Applied(_text(row["checksum"]), row["applied_by"]) for row in rows}


def _text(fixed: str | bytes) -> str:
    return fixed.decode() if isinstance(fixed, bytes) else fixed


def _migration(name: str, sql: str) -> Migration:
    match = _FILE_NAME.fullmatch(name)
    if match is None:
        raise MigrationRefused(f"{name}: a migration is called 0001_what_it_does.sql")
    return Migration(int(match.group(1)), name, sql)
