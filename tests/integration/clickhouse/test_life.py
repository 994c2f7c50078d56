"""A statement's life and the server's: cancelled, killed, bounded, stopped, and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import httpx
import psutil
import pytest

from tests.integration.clickhouse import local_server
from tests.integration.clickhouse.local_server import LocalServer
from tests.support import wait_for

pytestmark = pytest.mark.server

ENDLESS = "SELECT count() FROM numbers(1e14) WHERE NOT ignore(number)"


def _running(server: LocalServer, part: str) -> int:
    like = f"query LIKE '%{part}%' AND query NOT LIKE '%system.processes%'"
    return int(server.ask(f"SELECT count() FROM system.processes WHERE {like}"))


def test_a_statement_ends_when_its_client_goes_away(server: LocalServer) -> None:
    for sql in (
        ENDLESS,
        f"{ENDLESS} FORMAT JSON",
        f"INSERT INTO FUNCTION null('a UInt64') {ENDLESS}",
    ):
        with server.client() as client, pytest.raises(httpx.ReadTimeout):
            client.post("/", content=sql, timeout=0.5)
        wait_for(lambda: _running(server, "1e14") == 0, deadline=15)


def test_a_reader_that_stops_reading_ends_its_statement(server: LocalServer) -> None:
    for form in ("Native", "JSON"):
        sql = f"SELECT number FROM numbers(1e13) FORMAT {form}"
        with server.client() as client, client.stream("POST", "/", content=sql) as response:
            pieces = response.iter_bytes()
            next(pieces)
            assert _running(server, "1e13") == 1
        wait_for(lambda: _running(server, "1e13") == 0, deadline=15)


def test_an_insert_without_its_end_inserts_nothing(server: LocalServer, table: str) -> None:
    def some_rows() -> object:
        yield f"INSERT INTO {table} FORMAT TSV\n".encode()
        yield b"1\tx\n" * 1000
        raise OSError("gone")

    with server.client() as client, pytest.raises(OSError, match="gone"):
        client.post("/", content=some_rows())
    wait_for(lambda: _running(server, "INSERT INTO t") == 0, deadline=15)
    assert server.ask(f"SELECT count() FROM {table}") == "0"


def test_kill_query_by_the_clients_id(server: LocalServer) -> None:
    answers: list[httpx.Response] = []
    endless = threading.Thread(
        target=lambda: answers.append(server.send(ENDLESS, query_id="kill-me"))
    )
    endless.start()
    wait_for(lambda: _running(server, "1e14") == 1)
    same = server.send("SELECT 1", query_id="kill-me")
    assert same.headers["X-ClickHouse-Exception-Code"] == "216"
    assert server.ask("KILL QUERY WHERE query_id = 'kill-me' SYNC").startswith("finished")
    endless.join(15)
    assert answers[0].headers["X-ClickHouse-Exception-Code"] == "394"


def test_readers_do_not_wait_for_others(server: LocalServer, table: str) -> None:
    rows = b"".join(b'{"id":%d,"name":"x"}\n' % number for number in range(100_000))
    inserting = {"query": f"INSERT INTO {table} FORMAT JSONEachRow"}
    endless = threading.Thread(target=server.send, args=(ENDLESS,), kwargs={"query_id": "endless"})
    writers = [
        threading.Thread(target=server.send, args=(rows,), kwargs=inserting) for _ in range(4)
    ]
    for thread in (endless, *writers):
        thread.start()
    wait_for(lambda: _running(server, "1e14") == 1)
    for _ in range(20):
        server.ask(f"SELECT count() FROM {table}")
    for thread in writers:
        thread.join()
    assert server.ask(f"SELECT count() FROM {table}") == "400000"
    assert endless.is_alive()
    server.ask("KILL QUERY WHERE query_id = 'endless' SYNC")
    endless.join()


@pytest.mark.parametrize("form", ["Native", "JSON"])
def test_a_large_result_takes_little_memory(server: LocalServer, form: str) -> None:
    process = psutil.Process(server.process.pid)
    server.ask("SELECT 1")
    before, most, size = process.memory_info().rss, 0, 0
    sql = f"SELECT number, toString(number), repeat('x', 100) FROM numbers(5000000) FORMAT {form}"
    with server.client() as client, client.stream("POST", "/", content=sql) as response:
        for piece in response.iter_bytes(1 << 22):
            size += len(piece)
            most = max(most, process.memory_info().rss)
    assert size > 500_000_000
    assert most - before < 200_000_000


def test_a_large_insert_takes_little_memory(server: LocalServer) -> None:
    server.ask("CREATE OR REPLACE TABLE big (s String) ENGINE = Null")
    process, most = psutil.Process(server.process.pid), 0
    before = process.memory_info().rss
    piece = (b"y" * 999 + b"\n") * 4000

    def pieces() -> object:
        nonlocal most
        yield b"INSERT INTO big FORMAT TSV\n"
        for _ in range(150):
            most = max(most, process.memory_info().rss)
            yield piece

    with server.client() as client:
        params = {"max_insert_block_size": "65536", "min_insert_block_size_bytes": "65536000"}
        assert client.post("/", params=params, content=pieces()).status_code == 200
    server.ask("DROP TABLE big")
    assert most - before < 300_000_000


def test_data_stay_and_sigterm_ends_what_runs(tmp_path: Path) -> None:
    first = local_server.start(tmp_path)
    first.ask("CREATE TABLE kept (a UInt8) ENGINE = MergeTree ORDER BY a")
    first.ask("INSERT INTO kept VALUES (42)")
    endless = threading.Thread(target=lambda: first.send(ENDLESS))
    endless.start()
    wait_for(lambda: _running(first, "1e14") == 1)
    begin = time.monotonic()
    assert first.stop() == 0
    assert time.monotonic() - begin < 10
    endless.join()
    with local_server.running(tmp_path) as second:
        assert second.ask("SELECT a FROM kept") == "42"


def test_one_server_per_data_directory_and_port(server: LocalServer, tmp_path: Path) -> None:
    data, users_file = server.log.parent / "data", server.log.parent / "users.toml"
    same_data = local_server.command(data, 0, users_file)
    second = subprocess.run(same_data, capture_output=True, text=True, timeout=60)
    assert second.returncode == 1
    assert "is in use by another server" in second.stderr
    assert str(server.process.pid) in second.stderr
    assert "Traceback" not in second.stderr
    same_port = local_server.command(tmp_path / "data", server.port, users_file)
    second = subprocess.run(same_port, capture_output=True, text=True, timeout=60)
    assert second.returncode == 1
    assert "address already in use" in second.stderr
    assert "Traceback" not in second.stderr


def test_memory_is_capped(tmp_path: Path) -> None:
    with local_server.running(tmp_path, "--memory", str(600_000_000)) as server:
        greedy = server.send("SELECT length(groupArray(toString(number))) FROM numbers(1e9)")
        assert greedy.headers["X-ClickHouse-Exception-Code"] == "241"
        assert server.ask("SELECT 1") == "1"


def test_only_this_machine_can_connect(server: LocalServer) -> None:
    listening = psutil.Process(server.process.pid).net_connections(kind="tcp")
    assert {c.laddr.ip for c in listening if c.status == psutil.CONN_LISTEN} == {"127.0.0.1"}


def test_a_server_that_was_killed_starts_again(tmp_path: Path) -> None:
    first = local_server.start(tmp_path)
    first.stop(signal.SIGKILL)
    assert os.path.exists(tmp_path / "data" / "server.lock")
    with local_server.running(tmp_path) as second:
        assert second.ask("SELECT 1") == "1"
