"""A local ClickHouse of a test's own: a process on a free port, and requests to it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.local.clickhouse import users
from deploy.local.home import LOOPBACK, free_port
from tests.support import wait_for

BI_VIEWS = """
[users.bi]
password = "bi's"
read = ["baton.shown_*"]
[users.bi.limits]
max_execution_time = 20
max_memory_usage = 1_000_000_000
"""
ADMIN = """
[users.baton]
password = "open sesame"
"""


@dataclass
class LocalServer:
    """One process and where it listens."""

    process: subprocess.Popen[bytes]
    port: int
    passwords: dict[str, str]
    log: Path

    def url(self, user: str = users.ADMIN) -> str:
        return f"http://{user}:{self.passwords[user]}@{LOOPBACK}:{self.port}"

    def client(self, user: str = users.ADMIN) -> httpx.Client:
        """An HTTP client that logs in as a user."""
        return httpx.Client(
            base_url=f"http://{LOOPBACK}:{self.port}",
            auth=(user, self.passwords[user]),
            timeout=60,
        )

    def ask(self, sql: str, user: str = users.ADMIN, **params: str) -> str:
        """A statement's answer; fails unless it is one."""
        response = self.send(sql, user, **params)
        assert response.status_code == 200, response.text
        return response.text.strip()

    def send(self, sql: str | bytes, user: str = users.ADMIN, **params: str) -> httpx.Response:
        """A statement as the body of a POST."""
        content = sql.encode() if isinstance(sql, str) else sql
        with self.client(user) as client:
            return client.post("/", params=params, content=content)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End the process; its exit code."""
        self.process.send_signal(how)
        return self.process.wait(30)


def start(
    directory: Path, users_text: str = ADMIN + BI_VIEWS, *options: str, port: int | None = None
) -> LocalServer:
    """Start a server on a data directory below `directory`, and wait until it answers."""
    directory.mkdir(parents=True, exist_ok=True)
    users_file, log = directory / "users.toml", directory / "server.log"
    if not users_file.exists():
        users_file.touch(0o600)
        users_file.write_text(users_text)
    port = free_port(port)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*command(directory / "data", port, users_file), *options],
            stdout=output,
            stderr=output,
        )
    server = LocalServer(process, port, users.passwords(users_file), log)
    wait_for(lambda: _answers(server), deadline=60)
    return server


def command(data: Path, port: int, users_file: Path) -> list[str]:
    """The command line of a server."""
    options = ["--path", str(data), "--port", str(port), "--users", str(users_file)]
    return [sys.executable, "-m", "deploy.local.clickhouse", *options]


def _answers(server: LocalServer) -> bool:
    if server.process.poll() is not None:
        raise AssertionError(f"the server ended: {server.log.read_text()[-2000:]}")
    try:
        return httpx.get(f"http://{LOOPBACK}:{server.port}/ping").text == "Ok.\n"
    except httpx.TransportError:
        return False


@contextmanager
def running(directory: Path, *options: str, port: int | None = None) -> Iterator[LocalServer]:
    """A server for the time of a block, on this port if it is free."""
    server = start(directory, ADMIN + BI_VIEWS, *options, port=port)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()
