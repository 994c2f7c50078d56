"""The server that most of these tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.clickhouse import local_server
from tests.integration.clickhouse.local_server import LocalServer


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    """A server with a database `baton`, a table, and a view that the BI user may read."""
    with local_server.running(tmp_path_factory.mktemp("clickhouse")) as server:
        server.ask("CREATE DATABASE baton")
        server.ask(
            "CREATE TABLE baton.hidden (id UInt64, name String) ENGINE = MergeTree ORDER BY id"
        )
        server.ask("INSERT INTO baton.hidden VALUES (1, 'Ada'), (2, 'Grace')")
        server.ask(
            "CREATE VIEW baton.shown_people (id UInt64 COMMENT 'Number', name String) "
            "AS SELECT id, name FROM baton.hidden COMMENT 'People'"
        )
        yield server


@pytest.fixture
def table(server: LocalServer) -> Iterator[str]:
    """An empty table of the test's own."""
    server.ask("CREATE OR REPLACE TABLE t (id UInt64, name String) ENGINE = MergeTree ORDER BY id")
    yield "t"
    server.ask("DROP TABLE t SYNC")
