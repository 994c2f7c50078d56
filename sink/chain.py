"""The tables of a generation, and the chain that feeds them: a landing table and its views.

Both are made from the migrations, so that what is rebuilt has the same schema as what is live.
"""

from __future__ import annotations

import re
import time
from uuid import UUID

from clickhouse_connect.driver.client import Client

from sink.changes import Change, Form, Scope
from sink.clickhouse import quoted
from sink.generations import LANDING
from sink.migrate import migrations

HELD = "_held"
"""Ends the name a landing table has while nobody may write to it."""

ASKED = "_asked"
"""Ends the name of an empty table whose being there asks the sinks to begin no insert."""

PAUSED = "sinks_paused"
"""An empty table in the report's database by which an operator lets all sinks stand still."""

_PATIENCE = 60.0
_LANDING = re.compile(rf"\b{LANDING}\b")
_MAKES_TABLES = {Form.TABLE, Form.ALTER}


def _changes() -> list[Change]:
    """The statements that every generation has run, in order."""
    return [
        change
        for migration in migrations()
        if migration.scope is Scope.GENERATION
        for change in migration.changes
    ]


def views() -> dict[str, str]:
    """Name of each view of the chain to the statement that makes it."""
    found: dict[str, str] = {}
    for change in _changes():
        if change.form is Form.MATERIALIZED_VIEW:
            found[change.name] = change.sql
        elif change.form is Form.DROP_VIEW:
            found.pop(change.name, None)
    return found


def tables() -> list[str]:
    """All tables of a generation that hold rows of the report."""
    made = [change.name for change in _changes() if change.form is Form.TABLE]
    gone = {LANDING, *retired()}
    return [name for name in made if name not in gone]


def retired() -> list[str]:
    """What a generation had once, and no longer has."""
    return [change.name for change in _changes() if change.form is Form.DROP_TABLE]


def remakes(change: Change) -> bool:
    """Whether a statement of a generation is about the chain, which is made anew as a whole, or
    drops a table, which comes last."""
    about_views = change.form in {Form.MATERIALIZED_VIEW, Form.DROP_VIEW, Form.DROP_TABLE}
    return about_views or change.name in {LANDING, *retired()}


def create_tables(client: Client) -> None:
    """Make the tables in the client's database, where they are missing."""
    wanted = set(tables())
    for change in _changes():
        if change.form in _MAKES_TABLES and change.name in wanted:
            client.command(change.sql)


def create_chain(client: Client, landing: str) -> None:
    """Make the landing table and its views in the client's database; nobody may know `landing`
    before all of it is there, or rows would miss some of the tables."""
    for change in _changes():
        if change.form in _MAKES_TABLES and change.name == LANDING:
            client.command(_LANDING.sub(landing, change.sql))
    for statement in views().values():
        client.command(_LANDING.sub(landing, statement))


def drop_chain(client: Client, database: str) -> None:
    """Take every landing table and view away, half a chain too; the tables with rows stay."""
    drop_landings(client, database)
    drop_views(client, database)


def drop_landings(client: Client, database: str, but: str = "") -> None:
    """Take landing tables away, and what was said of them, all `but` one."""
    found = client.query(
        "SELECT name FROM system.tables "
        "WHERE database = {database:String} AND startsWith(name, {landing:String})",
        parameters={"database": database, "landing": LANDING},
    )
    for (name,) in found.result_rows:
        if name != but:
            client.command(f"DROP TABLE IF EXISTS {quoted(database)}.{quoted(str(name))} SYNC")


def drop_views(client: Client, database: str) -> None:
    """Take the views away: what is written to a landing table then is kept nowhere."""
    for name in {each.name for each in _changes() if each.form is Form.MATERIALIZED_VIEW}:
        client.command(f"DROP TABLE IF EXISTS {quoted(database)}.{quoted(name)} SYNC")


def drop_retired(client: Client, database: str) -> None:
    """Take away what no view feeds any more."""
    for name in retired():
        client.command(f"DROP TABLE IF EXISTS {quoted(database)}.{quoted(name)} SYNC")


def new_landing(generation: int) -> str:
    """A name that no landing table ever had: what still knows an old one writes nowhere."""
    return f"{LANDING}_g{generation}_{time.time_ns() // 1_000_000}"


def identities(client: Client, database: str) -> dict[str, UUID]:
    """Each table's identity, which stays when it is renamed or exchanged."""
    found = client.query(
        "SELECT name, uuid FROM system.tables "
        "WHERE database = {database:String} AND name IN {names:Array(String)}",
        parameters={"database": database, "names": tables()},
    )
    return {str(name): uuid for name, uuid in found.result_rows}


def ask(client: Client, database: str, landing: str) -> None:
    """Ask the sinks that write to `landing` to begin no insert; those at one end it."""
    name = f"{quoted(database)}.{quoted(landing + ASKED)}"
    client.command(f"CREATE TABLE IF NOT EXISTS {name} (asked UInt8) ENGINE = Null")


def is_asked(client: Client, database: str, landing: str) -> bool:
    """Whether an operation asks the sinks that write to `landing` to wait."""
    return _exists(client, database, landing + ASKED)


def pause(client: Client, report: str) -> None:
    """Let the sinks of every generation stand still until `resume`, whatever operations come and
    go; `report` is the database that readers see."""
    name = f"{quoted(report)}.{quoted(PAUSED)}"
    client.command(f"CREATE TABLE IF NOT EXISTS {name} (paused UInt8) ENGINE = Null")


def resume(client: Client, report: str) -> None:
    """Take a pause back."""
    client.command(f"DROP TABLE IF EXISTS {quoted(report)}.{quoted(PAUSED)} SYNC")


def is_paused(client: Client, report: str) -> bool:
    """Whether an operator has paused the sinks."""
    return _exists(client, report, PAUSED)


def hold(client: Client, database: str, landing: str) -> None:
    """Let nobody write to `landing` any more, and wait until what was begun has ended.

    Sinks wait meanwhile, as they do when ClickHouse is away. Raises TimeoutError.
    """
    name = f"{quoted(database)}.{quoted(landing)}"
    if _exists(client, database, landing):
        client.command(f"RENAME TABLE {name} TO {quoted(database)}.{quoted(landing + HELD)}")
    deadline = time.monotonic() + _PATIENCE
    while _writing(client, landing):
        if time.monotonic() > deadline:
            raise TimeoutError(f"an insert into {landing} does not end")
        time.sleep(0.05)


def release(client: Client, database: str, landing: str) -> None:
    """Let the sinks go on, if what they write to is there."""
    held = landing + HELD
    if _exists(client, database, held):
        name = f"{quoted(database)}.{quoted(held)}"
        client.command(f"RENAME TABLE {name} TO {quoted(database)}.{quoted(landing)}")
    if _exists(client, database, landing):
        client.command(f"DROP TABLE IF EXISTS {quoted(database)}.{quoted(landing + ASKED)} SYNC")


def is_held(client: Client, database: str, landing: str) -> bool:
    """Whether somebody holds it, or has taken it away to make another."""
    return not _exists(client, database, landing) and (
        _exists(client, database, landing + HELD) or _exists(client, database, landing + ASKED)
    )


def lands(client: Client, database: str, landing: str) -> bool:
    """Whether the landing table is there, held or not."""
    return _exists(client, database, landing) or _exists(client, database, landing + HELD)


def _exists(client: Client, database: str, name: str) -> bool:
    found = client.query(f"EXISTS TABLE {quoted(database)}.{quoted(name)}")
    return bool(found.result_rows[0][0])


def _writing(client: Client, landing: str) -> bool:
    found = client.query(
        "SELECT count() FROM system.processes "
        "WHERE query_kind = 'Insert' AND position(query, {landing:String}) > 0",
        parameters={"landing": landing},
    )
    return bool(found.result_rows[0][0])
