"""ClickHouse's tables, as a numbered history of SQL files.

What was applied is recorded in `schema_migrations`, with a checksum. A file is recorded after its
last statement, and every statement can be run again (`IF NOT EXISTS`), so a run that was cut short,
or two at once, end in the same schema.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files

from clickhouse_connect.driver.client import Client

from sink.statements import split

_FILE_NAME = re.compile(r"(\d{4})_\w+\.sql")

HISTORY = """\
CREATE TABLE IF NOT EXISTS schema_migrations
(
    number UInt16 COMMENT 'Number of the file',
    name String COMMENT 'Its name',
    checksum FixedString(64) COMMENT 'SHA-256 of its text',
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When its last statement was done'
)
ENGINE = ReplacingMergeTree
ORDER BY number
COMMENT 'Migrations that were applied'"""


class MigrationRefused(Exception):
    """The history in ClickHouse and the files do not fit; the text says which and what to do."""


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


def migrations() -> list[Migration]:
    """All files of `sink/migrations`, by number; raises MigrationRefused on a misnamed or doubled
    one."""
    found = []
    for file in files("sink").joinpath("migrations").iterdir():
        if file.name.endswith(".sql"):
            found.append(_migration(file.name, file.read_text(encoding="utf-8")))
    return checked(found)


def checked(found: Iterable[Migration]) -> list[Migration]:
    """`found` in order; raises MigrationRefused when the numbers are not 1, 2, 3, ..."""
    ordered = sorted(found, key=lambda migration: migration.number)
    for expected, migration in enumerate(ordered, start=1):
        if migration.number != expected:
            raise MigrationRefused(f"{migration.name}: its number should be {expected:04}")
    return ordered


def pending(all_of_them: Sequence[Migration], applied: dict[int, str]) -> list[Migration]:
    """Those not in `applied` (number to checksum).

    Raises MigrationRefused when an applied file has changed, is missing, or comes after one that
    was not applied.
    """
    known = {migration.number: migration for migration in all_of_them}
    for number, checksum in applied.items():
        if number not in known:
            raise MigrationRefused(
                f"migration {number:04} was applied to this database and is not in this version: "
                "use the version that applied it, or a newer one"
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
        for statement in split(migration.sql):
            client.command(statement)
        record(client, migration)
        yield migration


def record(client: Client, migration: Migration) -> None:
    """Note that a migration was applied."""
    client.insert(
        "schema_migrations",
        [[migration.number, migration.name, migration.checksum]],
        column_names=["number", "name", "checksum"],
    )


def applied(client: Client) -> dict[int, str]:
    """Number to checksum of what `schema_migrations` records."""
    rows = client.query("SELECT number, toString(checksum) FROM schema_migrations FINAL")
    return {int(number): str(checksum) for number, checksum in rows.result_rows}


def _migration(name: str, sql: str) -> Migration:
    match = _FILE_NAME.fullmatch(name)
    if match is None:
        raise MigrationRefused(f"{name}: a migration is called 0001_what_it_does.sql")
    return Migration(int(match.group(1)), name, sql)
