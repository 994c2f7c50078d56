"""curl, as ClickHouse's documentation shows it."""

from __future__ import annotations

import gzip
import shutil
import subprocess

import pytest

from tests.integration.clickhouse.local_server import LocalServer

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine"),
]


def _curl(server: LocalServer, *arguments: str, body: bytes = b"") -> str:
    command = ["curl", "-sS", "--fail-with-body", *arguments]
    finished = subprocess.run(command, input=body, capture_output=True, timeout=60)
    return finished.stdout.decode()


def test_queries_inserts_and_compression(server: LocalServer, table: str) -> None:
    url = server.url().replace(" ", "%20")
    assert _curl(server, f"{url}/?query=SELECT%201") == "1\n"
    assert _curl(server, url, "-d", "SELECT number FROM numbers(3) FORMAT CSV") == "0\n1\n2\n"
    packed = gzip.compress(b'{"id":1,"name":"x"}\n')
    insert = f"{url}/?query=INSERT%20INTO%20{table}%20FORMAT%20JSONEachRow"
    sending = ["-H", "Content-Encoding: gzip", "--data-binary", "@-"]
    assert _curl(server, insert, *sending, body=packed) == ""
    reading = ["--compressed", "-d", f"SELECT name FROM {table}"]
    assert _curl(server, f"{url}/?enable_http_compression=1", *reading) == "x\n"
    assert _curl(server, f"{url}/?query=SELECT%20nope").startswith("Code: 47.")
