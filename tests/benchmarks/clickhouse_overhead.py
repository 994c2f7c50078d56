"""What HTTP costs over the engine in process: in one run, taking turns, on the same statements.

    python -m tests.benchmarks.clickhouse_overhead

In process a handle on an engine of its own is used directly; over HTTP, a plain client on a kept
connection. Reading is measured twice: as bytes, and as what a client makes of them (columns, by
clickhouse-connect in both cases).
"""

from __future__ import annotations

import http.client
import io
import statistics
import tempfile
import time
import urllib.parse
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import click
from clickhouse_connect.driver.httputil import ResponseSource
from clickhouse_connect.driver.query import QueryContext
from clickhouse_connect.driver.transform import NativeTransform
from clickhouse_connect.driverc.buffer import ResponseBuffer

from deploy.local.clickhouse.handle import Handle
from deploy.local.clickhouse.spool import SPOOLS
from deploy.local.clickhouse.statement import Insert
from deploy.local.clickhouse.users import User
from deploy.local.clickhouse.work import insert_rows
from tests.integration.clickhouse import local_server
from tests.integration.clickhouse.local_server import LocalServer

ROWS_IN, ROWS_OUT, ROUNDS, MANY = 100_000, 1_000_000, 15, 40
TABLE = """
CREATE TABLE speed (id UInt64, name String, at DateTime64(3, 'UTC'), source LowCardinality(String))
ENGINE = MergeTree ORDER BY id
"""
ROW = '{{"id":{0},"name":"contact {0}","at":"2026-01-01 00:00:00.123","source":"workflow"}}\n'
READ = "SELECT number AS id, concat('contact ', toString(number)) AS name FROM numbers(1000000)"


class Http:
    """Statements over one kept connection."""

    def __init__(self, server: LocalServer) -> None:
        login = b64encode(f"baton:{server.passwords['baton']}".encode()).decode()
        self._headers = {"Authorization": f"Basic {login}"}
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port)

    def ask(self, sql: str) -> bytes:
        return self._post("/", sql.encode())

    def insert(self, rows: bytes) -> None:
        query = urllib.parse.quote("INSERT INTO speed FORMAT JSONEachRow")
        self._post(f"/?query={query}", rows)

    def _post(self, path: str, body: bytes) -> bytes:
        self._connection.request("POST", path, body, self._headers)
        answer = self._connection.getresponse()
        data = answer.read()
        assert answer.status == 200, data[:300]
        return data


class InProcess:
    """The same statements, on a handle."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def ask(self, sql: str) -> bytes:
        blocks = self._handle.begin_query(sql, "Native", {})
        pieces = []
        while (block := blocks.next()) is not None:
            pieces.append(block.data)
        return b"".join(pieces)

    def insert(self, rows: bytes) -> None:
        insert = Insert("INSERT INTO speed", "", "JSONEachRow", 0)
        insert_rows(self._handle, insert, {}, self._handle.spool(), rows)


def columns(data: bytes) -> int:
    """Rows of a Native answer, all decoded by clickhouse-connect."""

    class Response(io.BytesIO):
        headers: ClassVar[dict[str, str]] = {}

        def stream(self, size: int, _: bool = False) -> object:
            return iter(lambda: self.read(size), b"")

    result = NativeTransform().parse_response(
        ResponseBuffer(ResponseSource(Response(data))), QueryContext()
    )
    return sum(1 for _ in result.result_columns[0])


def compare(name: str, here: Callable[[], object], there: Callable[[], object]) -> None:
    """Take turns, and print both medians, their difference and their ratio."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(2 * ROUNDS + 2):
        begin = time.perf_counter()
        (here, there)[number % 2]()
        if number > 1:
            times[number % 2].append(time.perf_counter() - begin)
    inside, outside = map(statistics.median, times)
    best = min(times[1]) - min(times[0])
    click.echo(
        f"{name}: in process {inside * 1e3:.3f} ms, over HTTP {outside * 1e3:.3f} ms: "
        f"{(outside - inside) * 1e3:+.3f} ms (best of each {best * 1e3:+.3f}), "
        f"ratio {outside / inside:.2f}"
    )


def many(call: Callable[[], object], times: int = MANY) -> Callable[[], object]:
    """The call, so many times over."""
    return lambda: [call() for _ in range(times)]


@click.command()
def main() -> None:
    """Measure `SELECT 1`, an insert of 100,000 rows, and reading a million."""
    rows = "".join(map(ROW.format, range(ROWS_IN))).encode()
    with tempfile.TemporaryDirectory() as name, local_server.running(Path(name) / "a") as server:
        scratch = Path(name) / "scratch"
        (scratch / SPOOLS).mkdir(parents=True)
        handle = Handle(f"{name}/b?max_threads=2", User("baton", ""), 1, scratch)
        here, there = InProcess(handle), Http(server)
        handle.execute(TABLE)
        there.ask(TABLE)
        one = many(lambda: here.ask("SELECT 1")), many(lambda: there.ask("SELECT 1 FORMAT Native"))
        compare(f"{MANY} x SELECT 1", *one)
        compare(f"insert {ROWS_IN}", lambda: here.insert(rows), lambda: there.insert(rows))
        whole = f"{READ} FORMAT Native"
        compare(f"read {ROWS_OUT}, bytes", lambda: here.ask(READ), lambda: there.ask(whole))
        compare(
            f"read {ROWS_OUT}, columns",
            lambda: columns(here.ask(READ)),
            lambda: columns(there.ask(whole)),
        )
        handle.close()


if __name__ == "__main__":
    main()
