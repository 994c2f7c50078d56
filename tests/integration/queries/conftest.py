"""A database with made-up histories, filled once for all tests of the query layer."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

# pytest compiles anyio anew, and this part of it not before a file is served: in a server's thread,
# beside others that compile, CPython 3.11 raised "AST constructor recursion depth mismatch" there.
from anyio import open_file  # noqa: F401
from clickhouse_connect.driver.client import Client
from fastapi import FastAPI

from deploy.borrowed import with_database
from queries.api.app import create_app
from queries.api.services import Services
from queries.filters import Filters
from queries.freshness import Freshness
from queries.question import Question, ask
from queries.store import ClickHouseStore, Store
from queries.tokens import Tokens
from sink.chain import tables
from sink.clickhouse import connect, create_database, quoted, settings_from_url
from sink.migrate import migrate, migrations
from tests.histories import Histories, Row, histories

NOW = datetime(2026, 3, 15, 12, 34, 56, tzinfo=UTC)
COMPLETE_TO = datetime(2026, 3, 15, 12, 34, 50, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """The store, what was put into it by workspace, and a way to ask it."""

    store: ClickHouseStore
    client: Client
    url: str
    by_workspace: dict[str, Histories]

    @property
    def rows(self) -> list[Row]:
        """What counts in workspace 1."""
        return self.by_workspace["1"].final

    def ask(self, workspace: str = "1", **given: object) -> Question:
        return ask(self.store, Filters(workspace=workspace, **given), NOW)


class Heard:
    """A store, and what it was asked but for names."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.asked: list[str] = []

    def rows(self, query: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        if "argMax" not in query:
            self.asked.append(query)
        return self.store.rows(query, parameters)

    def raw(self, query: str, parameters: Mapping[str, Any], fmt: str) -> bytes:
        raise NotImplementedError


def insert(client: Client, rows: list[Row]) -> None:
    """As the sink does."""
    lines = "\n".join(json.dumps(row) for row in rows)
    settings = {"date_time_input_format": "best_effort", "input_format_null_as_default": 1}
    client.raw_insert(
        "assignment_landing", insert_block=lines, fmt="JSONEachRow", settings=settings
    )


@pytest.fixture(scope="session")
def world(clickhouse: str) -> Iterator[World]:
    """Workspace 1 over 70 days up to now, workspace 2 with few rows, all in several inserts: a
    correction lies in another part than what it corrects, and no sums are merged.
    """
    name = f"t{uuid4().hex[:12]}"
    url = with_database(clickhouse, name)
    settings = settings_from_url({"CLICKHOUSE_URL": url})
    create_database(settings)
    client = connect(settings)
    for _ in migrate(client, migrations()):
        pass
    for table in set(tables()) - {"assignment_log"}:
        client.command(f"SYSTEM STOP MERGES {quoted(table)}")
    start = NOW - timedelta(days=70)
    made = {"1": histories("1", 3000, start, NOW), "2": histories("2", 400, start, NOW)}
    for one in made.values():
        for part in range(5):
            insert(client, one.arriving[part::5])
    yield World(ClickHouseStore.from_environment(settings), client, url, made)
    client.command(f"DROP DATABASE {quoted(name)}")


class Complete:
    """Freshness that is always the same."""

    def latest(self) -> Freshness:
        return Freshness(status="complete", complete_to=COMPLETE_TO, dead_letters=3)


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """Where exports go."""
    return tmp_path / "exports"


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    """An empty list of tokens."""
    return Tokens(tmp_path / "tokens.json")


@pytest.fixture
def app(world: World, tokens: Tokens, exports: Path) -> FastAPI:
    """The application over the world, its clock standing still."""
    return create_app(
        Services(world.store, Complete(), tokens, exports, lambda: NOW, requests_per_second=1000),
        opens=True,
    )


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application, without a socket."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client
