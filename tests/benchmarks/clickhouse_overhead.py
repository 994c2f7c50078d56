"""What HTTP costs over the engine in process: in one run, taking turns, on the same statements.

    python -m tests.benchmarks.clickhouse_overhead

`SELECT 1` is measured twice: in turns of one call, where each side finds the caches full of the
other's, and in turns of many, as a client that asks again and again sees it.

In process is an engine of this process's own, configured like the server's, by way of the handles
that the server uses, too: chDB's `query` for `SELECT 1`, rows in a file for the insert, and for
reading `send_query`, whose blocks are looked at as bytes and dropped.

Over HTTP is a kept connection with no more of a client on it than it takes to find an answer's end;
the answer is read into a buffer that is used again. So it is the server that is measured, not how
a client is made. Only the last line has a real one: what it costs until rows are columns, which
clickhouse-connect does in both cases.
"""

from __future__ import annotations

import io
import os
import socket
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

from deploy.local.clickhouse.__main__ import default_memory
from deploy.local.clickhouse.engine import Engine
from deploy.local.clickhouse.handle import Handle
from deploy.local.clickhouse.statement import Insert
from deploy.local.clickhouse.users import ADMIN, User, Users
from deploy.local.clickhouse.work import insert_rows
from tests.integration.clickhouse import local_server
from tests.integration.clickhouse.local_server import LocalServer

ROWS_IN, ROWS_OUT = 100_000, 1_000_000
ROUNDS, SHORT_ROUNDS, SHORT_TURN = 25, 1500, 100
BUFFER_BYTES = 1 << 20
TABLE = """
CREATE TABLE {} (id UInt64, name String, at DateTime64(3, 'UTC'), source LowCardinality(String))
ENGINE = MergeTree ORDER BY id
"""
ROW = '{{"id":{0},"name":"contact {0}","at":"2026-01-01 00:00:00.123","source":"workflow"}}\n'
FILL = f"""
INSERT INTO stored
SELECT number, concat('contact ', toString(number)), toDateTime64(number, 3, 'UTC'), 'workflow'
FROM numbers({ROWS_OUT})
"""
MADE = f"SELECT number, concat('contact ', toString(number)) FROM numbers({ROWS_OUT})"
STORED = "SELECT * FROM stored"


class Http:
    """Statements over one kept connection."""

    def __init__(self, server: LocalServer) -> None:
        self._login = b64encode(f"{ADMIN}:{server.passwords[ADMIN]}".encode()).decode()
        self._socket = socket.create_connection(("127.0.0.1", server.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")
        self._buffer = memoryview(bytearray(BUFFER_BYTES))

    def read(self, sql: str) -> int:
        """The size of an answer in Native."""
        return self._post("/", f"{sql} FORMAT Native".encode(), self._skip)

    def insert(self, rows: bytes) -> None:
        query = urllib.parse.quote("INSERT INTO speed FORMAT JSONEachRow")
        self._post(f"/?query={query}", rows, self._skip)

    def fetch(self, sql: str) -> bytes:
        """An answer in Native."""
        pieces: list[bytes] = []
        self._post("/", f"{sql} FORMAT Native".encode(), lambda n: pieces.append(self._take(n)))
        return b"".join(pieces)

    def _post(self, path: str, body: bytes, consume: Callable[[int], object]) -> int:
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {self._login}\r\n"
        lines = f"{head}Content-Length: {len(body)}\r\n\r\n".encode()
        if len(body) < BUFFER_BYTES:
            self._socket.sendall(lines + body)
        else:
            self._socket.sendall(lines)
            self._socket.sendall(body)
        status, headers = self._file.readline(), {}
        while (line := self._file.readline()) != b"\r\n":
            name, _, value = line.partition(b":")
            headers[name] = value
        size = self._body(headers.get(b"Content-Length"), consume)
        assert b" 200 " in status, (status, headers)
        return size

    def _body(self, length: bytes | None, consume: Callable[[int], object]) -> int:
        if length is not None:
            consume(int(length))
            return int(length)
        total = 0
        while size := int(self._file.readline(), 16):
            consume(size)
            self._file.readline()
            total += size
        self._file.readline()
        return total

    def _skip(self, size: int) -> None:
        while size:
            size -= self._file.readinto(self._buffer[: min(size, BUFFER_BYTES)])

    def _take(self, size: int) -> bytes:
        return self._file.read(size)


class InProcess:
    """The same statements, on a handle."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def one(self) -> bytes:
        return self._handle.execute("SELECT 1", "Native").data

    def read(self, sql: str) -> int:
        return sum(map(len, self._blocks(sql)))

    def fetch(self, sql: str) -> bytes:
        return b"".join(self._blocks(sql))

    def _blocks(self, sql: str) -> object:
        blocks = self._handle.begin_query(sql, "Native", {})
        while (block := blocks.next()) is not None:
            yield bytes(block.data)

    def insert(self, rows: bytes) -> None:
        insert = Insert("INSERT INTO speed", "", "JSONEachRow", 0)
        spool = self._handle.spool()
        insert_rows(self._handle, insert, {}, spool, [rows])
        spool.close()


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


def compare(
    name: str,
    here: Callable[[], object],
    there: Callable[[], object],
    rounds: int = ROUNDS,
    turn: int = 1,
) -> None:
    """Take turns of so many calls; print what is typical and best of each, and how far apart."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(2 * rounds + 4 * turn):
        side, begin = number // turn % 2, time.perf_counter()
        (here, there)[side]()
        if number >= 4 * turn:
            times[side].append((time.perf_counter() - begin) * 1e3)
    parts = [
        f"{word} {inside:.3f} -> {outside:.3f} ms ({outside - inside:+.3f} ms, "
        f"x {outside / inside:.2f})"
        for word, inside, outside in (
            ("median", *map(statistics.median, times)),
            ("fastest tenth", *(statistics.quantiles(each, n=10)[0] for each in times)),
            ("best", *map(min, times)),
        )
    ]
    click.echo(f"{name}: {'; '.join(parts)}")


@click.command()
def main() -> None:
    """Measure `SELECT 1`, an insert of 100,000 rows, and reading a million."""
    rows = "".join(map(ROW.format, range(ROWS_IN))).encode()
    with tempfile.TemporaryDirectory() as name, local_server.running(Path(name) / "a") as server:
        admin = User(ADMIN, "")
        engine = Engine(Path(name) / "b", Users([admin]), default_memory())
        handle = engine.lend(admin, "default", {})
        here, there = InProcess(handle), Http(server)
        for sql in (TABLE.format("speed"), TABLE.format("stored"), FILL):
            handle.execute(sql)
            server.ask(sql)
        click.echo(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; in process -> HTTP")
        for turn in (1, SHORT_TURN):
            compare(
                f"SELECT 1, in turns of {turn}",
                here.one,
                lambda: there.read("SELECT 1"),
                SHORT_ROUNDS,
                turn,
            )
        compare(f"insert {ROWS_IN}", lambda: here.insert(rows), lambda: there.insert(rows))
        for kind, sql in (("stored", STORED), ("made", MADE)):
            compare(
                f"read {ROWS_OUT} {kind}", lambda s=sql: here.read(s), lambda s=sql: there.read(s)
            )
        compare(
            f"read {ROWS_OUT} stored, to columns",
            lambda: columns(here.fetch(STORED)),
            lambda: columns(there.fetch(STORED)),
        )
        handle.close()
        engine.close()


if __name__ == "__main__":
    main()
