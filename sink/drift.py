"""Whether tables and views are still what the migrations make, or somebody changed one by hand.

The engine itself says what the migrations make: they are run in an empty database beside the
report, which is dropped again. So a newer engine that writes definitions in another way is no
difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple
from uuid import uuid4

from clickhouse_connect.driver.client import Client

from sink.clickhouse import Settings, connect, create_database, quoted
from sink.generations import LANDING, Generation
from sink.migrate import Migration

_COLUMN = "concat(type, ' ', default_kind, ' ', default_expression, ' ', compression_codec)"


class Made(NamedTuple):
    """A table or view: its columns by name, and the statement that would make it."""

    columns: dict[str, str]
    statement: str


def drift(
    client: Client, address: Settings, live: Generation, files: Sequence[Migration]
) -> list[str]:
    """What is missing or was changed of the live generation and the report's own tables, a line
    each; raises ClickHouse's errors."""
    beside = replace(address, database=f"{address.database}_made_{uuid4().hex[:8]}")
    create_database(beside)
    try:
        with connect(beside) as other:
            for migration in files:
                for change in migration.changes:
                    other.command(change.sql)
            wanted = _made(other, beside.database, LANDING)
    finally:
        client.command(f"DROP DATABASE IF EXISTS {quoted(beside.database)} SYNC")
    found = _made(client, live.database, live.landing)
    return [line for name in wanted for line in _differences(name, found.get(name), wanted[name])]


def _made(client: Client, database: str, landing: str) -> dict[str, Made]:
    statements = client.query(
        "SELECT name, create_table_query FROM system.tables WHERE database = {database:String}",
        parameters={"database": database},
    ).result_rows
    columns = client.query(
        f"SELECT table, name, {_COLUMN} FROM system.columns "  # noqa: S608
        "WHERE database = {database:String} ORDER BY table, position",
        parameters={"database": database},
    ).result_rows
    found = {
        str(name): Made({}, _without(str(statement), database, landing))
        for name, statement in statements
    }
    for table, name, kind in columns:
        found[table].columns[name] = kind
    return {LANDING if name == landing else name: made for name, made in found.items()}


def _without(statement: str, database: str, landing: str) -> str:
    """A statement without what differs by place: the database and the name of the landing table."""
    bare = re.sub(rf"(`{re.escape(database)}`|\b{re.escape(database)})\.", "", statement)
    return re.sub(rf"\b{re.escape(landing)}\b", LANDING, bare)


def _differences(name: str, found: Made | None, wanted: Made) -> Iterator[str]:
    if found is None:
        yield f"{name} is not there"
        return
    columns = list(_columns(name, found.columns, wanted.columns))
    yield from columns
    if not columns and found.statement != wanted.statement:
        yield f"{name} was changed: `SHOW CREATE TABLE {name}` is not what the migrations make"


def _columns(name: str, found: dict[str, str], wanted: dict[str, str]) -> Iterator[str]:
    for column, kind in wanted.items():
        if column not in found:
            yield f"{name} has no column {column}"
        elif found[column] != kind:
            yield f"{name}: column {column} is {found[column].strip()}, not {kind.strip()}"
    for column in found.keys() - wanted.keys():
        yield f"{name} has a column {column} that no migration makes"
