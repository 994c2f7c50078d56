"""A workspace-year with 20 million assignments, and a ClickHouse to keep it in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from clickhouse_connect.driver.client import Client
from rich.console import Console
from rich.progress import track

from deploy.local import environment, process, services
from deploy.local.home import Home, free_port
from queries.store import ClickHouseStore
from sink import chain
from sink.clickhouse import Settings, connect, create_database, quoted, settings_from_url
from sink.migrate import migrate, migrations

DATABASE = "baton_bench_report"
YEAR = 2025
SHARDS = 16
CONTACTS = 2_000_000
AGENTS = 200
EVENTS_PER_ASSIGNMENT = 1.04
"""Some events set the assignee that the contact has already."""


@contextmanager
def clickhouse(kept: Path | None) -> Iterator[Settings]:
    """The ClickHouse that is named, or a local one for the length of the benchmark."""
    if os.environ.get("CLICKHOUSE_URL"):
        yield replace(settings_from_url(), database=DATABASE)
        return
    with TemporaryDirectory() as directory:
        home = Home(kept.absolute() if kept else Path(directory))
        running = services.start_clickhouse(home, free_port())
        try:
            _read(home.data("clickhouse"))
            url = environment.addresses(home)[environment.CLICKHOUSE]
            yield replace(settings_from_url({"CLICKHOUSE_URL": url}), database=DATABASE)
        finally:
            process.stop(home, running)


def _read(directory: Path) -> None:
    """All of it into the page cache, where a server that is in use has its data."""
    for path in directory.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                while file.read(1 << 20):
                    pass


@contextmanager
def filled(
    settings: Settings, assignments: int, keep: bool
) -> Iterator[tuple[ClickHouseStore, Client]]:
    """A database with raw events and all that Baton makes of them."""
    create_database(settings)
    client = connect(settings, timeout=3600)
    for _ in migrate(client, migrations()):
        pass
    if not rows(client):
        _fill(client, int(assignments * EVENTS_PER_ASSIGNMENT))
    _merge(client)
    yield ClickHouseStore.from_environment(settings), client
    if not keep:
        client.command(f"DROP DATABASE {quoted(DATABASE)}")


def rows(client: Client) -> int:
    """How many assignments there are."""
    return int(client.query("SELECT count() FROM assignment_log").result_rows[0][0])


def _fill(client: Client, events: int) -> None:
    client.command(sql("raw_events"))
    for shard in track(range(SHARDS), "Filling", console=Console(stderr=True)):
        parameters = {"events": events, "contacts": CONTACTS, "shard": shard, "shards": SHARDS}
        client.command(sql("fill_raw_events"), parameters=parameters)
        client.command(sql("fill_landing"), parameters=parameters)


def _merge(client: Client) -> None:
    """As ClickHouse does by itself, in its own time."""
    settings = {"optimize_skip_merged_partitions": 1}
    for table in ("raw_events", *chain.tables()):
        client.command(f"OPTIMIZE TABLE {table} FINAL", settings=settings)


def sql(name: str) -> str:
    """A statement of the benchmark."""
    return files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
