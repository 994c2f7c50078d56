"""A local ClickHouse with a table that readers are not to see, and views of two workspaces."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import httpx

from deploy.local.clickhouse import users
from deploy.local.home import LOOPBACK
from tests.integration.clickhouse import local_server
from tests.integration.clickhouse.local_server import ADMIN, LocalServer

HIDDEN, OURS, OTHERS = "hidden-7f3a91", "ours-20cc4e", "others-5be0d7"
_PASSWORD = 'password = "reader"\nread = ["baton.shown*"]\n'
_USERS = (
    f"{ADMIN}[users.bi]\n{_PASSWORD}[users.bi.limits]\nmax_execution_time = 20\n"
    f'[users.acme]\n{_PASSWORD}[users.acme.rows]\nworkspace_id = ["1"]\n'
)
_TABLES = f"""
CREATE DATABASE baton;
CREATE TABLE baton.hidden (workspace_id String, id UInt64, name String,
    INDEX names name TYPE bloom_filter GRANULARITY 1) ENGINE = ReplacingMergeTree
    PARTITION BY workspace_id ORDER BY (workspace_id, id);
INSERT INTO baton.hidden SELECT ['1', '2'][1 + number % 2], number,
    ['{OURS}', '{OTHERS}'][1 + number % 2] || toString(number) FROM numbers(20000);
CREATE TABLE baton.secrets (name String) ENGINE = MergeTree ORDER BY name;
INSERT INTO baton.secrets VALUES ('{HIDDEN}');
CREATE VIEW baton.shown AS SELECT workspace_id, id, name FROM baton.hidden FINAL;
CREATE VIEW baton.shown_sums AS
    SELECT workspace_id, substring(name, 1, 13) AS name, count() AS n FROM baton.hidden
    GROUP BY workspace_id, name;
CREATE VIEW baton.shown_steps AS SELECT workspace_id, id, name,
    lagInFrame(name) OVER (PARTITION BY workspace_id ORDER BY id) AS before FROM baton.shown;
CREATE VIEW baton.shown_without AS SELECT name FROM baton.hidden
"""


@dataclass
class Host:
    """A port on this machine that nobody is to talk to."""

    listener: socket.socket = field(default_factory=lambda: socket.create_server((LOOPBACK, 0)))
    heard: int = 0

    def __post_init__(self) -> None:
        Thread(target=self._listen, daemon=True).start()

    @property
    def port(self) -> int:
        port: int = self.listener.getsockname()[1]
        return port

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.heard += 1
            connection.close()


@dataclass
class Reader:
    """One user of the server, over one connection."""

    client: httpx.Client

    def answer(self, sql: str, **params: str) -> str:
        """What it is told, be it an error."""
        return self.client.post("/", params=params, content=sql.encode()).text

    def rows(self, sql: str, **params: str) -> list[str]:
        response = self.client.post("/", params=params, content=sql.encode())
        assert response.status_code == 200, response.text
        return response.text.splitlines()


@contextmanager
def served(directory: Path) -> Iterator[LocalServer]:
    """The server, started again once there are tables: it takes policies at its start."""
    server = local_server.start(directory, _USERS)
    for statement in _TABLES.split(";"):
        server.ask(statement)
    server.stop()
    server = local_server.start(directory, _USERS)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def reader(server: LocalServer, name: str = users.READER) -> Iterator[Reader]:
    with server.client(name) as client:
        yield Reader(client)
