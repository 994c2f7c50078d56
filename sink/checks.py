"""Whether ClickHouse, as it is, drops a repeated insert: asked before anything is written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from clickhouse_connect.driver.client import Client

from sink import settings
from sink.generations import Generation

_NAME = r"(?:`((?:[^`\\]|\\.)+)`|(\w+))"
_TARGET = re.compile(rf"CREATE MATERIALIZED VIEW .*? TO {_NAME}\.{_NAME}", re.DOTALL)


class UnsafeTarget(Exception):
    """Under these tables or settings a repeated insert would count twice."""

    def __init__(self, faults: Sequence[str]) -> None:
        evidence = "\n            ".join(faults)
        super().__init__(
            "UNSAFE: ClickHouse would not drop a repeated insert.\n"
            f"  evidence: {evidence}\n"
            "  to go on: put that right (`baton migrate` makes the tables as they should be), "
            "then start the sink again"
        )


def check(client: Client, generation: Generation) -> dict[str, Any]:
    """The settings inserts of a generation must run under.

    Raises UnsafeTarget when a repeated insert would count twice under them, or into these tables,
    and ClickHouse's own errors.
    """
    asked = settings.wanted(client.server_settings)
    unknown = [name for name in asked if name not in client.server_settings]
    if unknown:
        raise UnsafeTarget(
            f"this ClickHouse knows no {', '.join(unknown)}: 24.8 or newer is needed"
        )
    rows = client.query(
        "SELECT name, value FROM system.settings WHERE name IN {names:Array(String)}",
        parameters={"names": list(asked)},
        settings=asked,
    ).result_rows
    faults = settings.differing(
        asked, {str(name): str(value) for name, value in rows}
    ) + _table_faults(client, generation.database, generation.landing)
    if faults:
        raise UnsafeTarget(faults)
    return asked


def target_of(view: str, definition: str) -> tuple[str, str] | str:
    """Database and table a materialized view writes to, from its CREATE; or why it has none."""
    match = _TARGET.match(definition.split("(", 1)[0])
    if match is None:
        return f"view {view} has no TO table, whose deduplication could be set"
    return match[1] or match[2], match[3] or match[4]


def _table_faults(client: Client, database: str, name: str) -> list[str]:
    landing = client.query(
        "SELECT engine, arrayZip(dependencies_database, dependencies_table) FROM system.tables "
        "WHERE database = {database:String} AND name = {landing:String}",
        parameters={"database": database, "landing": name},
    ).result_rows
    if not landing:
        return [f"there is no table {name}: run `baton migrate`"]
    engine, views = landing[0]
    if engine != "Null":
        return [f"{name} is a {engine} table, which would drop or keep rows of its own"]
    if not views:
        return [f"no view reads {name}: run `baton migrate`"]
    defaults = _merge_tree_defaults(client)
    faults = [_view_fault(client, where, view, defaults) for where, view in views]
    return [fault for fault in faults if fault]


def _view_fault(client: Client, database: str, view: str, defaults: dict[str, str]) -> str | None:
    definition, _ = _declared(client, database, view)
    target = target_of(view, definition)
    if isinstance(target, str):
        return target
    _, engine = _declared(client, *target)
    return settings.window_fault(target[1], engine, defaults)


def _declared(client: Client, database: str, table: str) -> tuple[str, str]:
    """The CREATE of a table or view, and its engine clause with the settings."""
    rows = client.query(
        "SELECT create_table_query, engine_full FROM system.tables "
        "WHERE database = {database:String} AND name = {table:String}",
        parameters={"database": database, "table": table},
    ).result_rows
    return (str(rows[0][0]), str(rows[0][1])) if rows else ("", "")


def _merge_tree_defaults(client: Client) -> dict[str, str]:
    rows = client.query("SELECT name, value FROM system.merge_tree_settings").result_rows
    return {str(name): str(value) for name, value in rows}
