"""The local ClickHouse's front, attacked as the BI user and as nobody."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
import zstandard

from deploy.local.clickhouse.running import READER_QUERIES
from tests.integration.clickhouse import local_server
from tests.integration.clickhouse.local_server import LocalServer
from tests.support import wait_for

pytestmark = pytest.mark.server
PATIENCE = 2


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    """A server that waits for its clients for two seconds."""
    directory = tmp_path_factory.mktemp("front")
    with local_server.running(directory, "--timeout", str(PATIENCE)) as server:
        server.ask("CREATE DATABASE baton")
        server.ask("CREATE TABLE baton.hidden ENGINE = Memory AS SELECT 'treasure' AS name")
        server.ask("CREATE VIEW baton.shown_people AS SELECT number FROM numbers(3)")
        yield server


def roles(server: LocalServer) -> set[str]:
    return {server.ask("SELECT currentRoles()", "bi") for _ in range(20)}


INJECTED = [
    "TSV; SET ROLE baton_admin",
    "TSV; SELECT name FROM baton.hidden",
    "TSV; SELECT 'x' INTO OUTFILE '{path}' FORMAT TSVRaw",
    "TSV SETTINGS max_execution_time = 0",
    "TSV\n--",
    "“TSV”",
]


@pytest.mark.parametrize("form", INJECTED)
def test_a_format_is_one_of_those_there_are(server: LocalServer, tmp_path: Path, form: str) -> None:
    path = tmp_path / "written"
    form = form.format(path=path)
    params = {"query": "SELECT * FROM numbers(2)", "default_format": form}
    with server.client("bi") as client:
        answers = [
            client.get("/", params=params),
            client.post("/", params=params),
            client.post(
                "/",
                content="SELECT * FROM numbers(2)",
                headers={b"X-ClickHouse-Format": form.split("\n")[0].encode()},
            ),
            client.post("/", content=f"SELECT * FROM numbers(2) FORMAT {form}".encode()),
        ]
    for answer in answers[:3]:
        assert answer.status_code != 200 or "\n" in form
    assert all("treasure" not in answer.text for answer in answers)
    assert not path.exists()
    assert roles(server) == {"['bi']"}


@pytest.mark.parametrize(
    "name", ["x; SELECT toUInt8(file('/etc/hostname'))", "x; SET ROLE baton_admin", "x`y", "x"]
)
def test_an_external_table_has_a_name_and_nothing_more(server: LocalServer, name: str) -> None:
    for columns in ("a UInt8", "a UInt8) ENGINE = Memory; SET ROLE baton_admin --"):
        files, params = {name: ("x", b"1\n")}, {f"{name}_structure": columns}
        with server.client("bi") as client:
            refused = client.post("/", params={**params, "query": "SELECT 1"}, files=files)
        assert refused.headers["X-ClickHouse-Exception-Code"] == "497", refused.text
    assert roles(server) == {"['bi']"}
    with server.client() as client:
        quoted = name.replace("`", "\\`")
        query = {"query": f"SELECT a FROM `{quoted}`", f"{name}_structure": "a UInt8"}
        assert client.post("/", params=query, files={name: ("x", b"1\n")}).text == "1\n"


@pytest.mark.parametrize(
    "sql",
    [
        "SET ROLE baton_admin",
        "SET “ROLE” baton_admin",
        "SET ROLE ALL",
        "SET/**/ROLE baton_admin",
        "SET max_threads = 1; SET ROLE baton_admin",
        "SET “profile”='default'",
        "SET `profile`='default'",
        "SET readonly = 0",
        "USE default; SET ROLE baton_admin",
        "SELECT * FROM numbers(2) INTO OUTFILE '{path}'",
        "SELECT 1 AS “x” INTO /* */ OUTFILE '{path}'",
        "SELECT $a$ ' $a$, 1 AS a INTO OUTFILE '{path}' FORMAT JSON",
        "SELECT * FROM numbers(2) -- '\n FORMAT JSON SETTINGS max_execution_time = 0 -- '",
    ],
)
def test_a_reader_stays_a_reader(server: LocalServer, tmp_path: Path, sql: str) -> None:
    path = tmp_path / "written"
    for session in ({}, {"session_id": "of-bi"}):
        refused = server.send(sql.format(path=path), "bi", **session)
        assert refused.status_code != 200, refused.text
        assert server.ask("SELECT currentRoles()", "bi", **session) == "['bi']"
        assert server.ask("SELECT getSetting('readonly')", "bi", **session) == "2"
    assert not path.exists()
    assert roles(server) == {"['bi']"}


@pytest.mark.parametrize("name", ["max_threads = 1, readonly", "max_threads} --", "profile", "ü"])
def test_a_setting_is_one_of_those_there_are(server: LocalServer, name: str) -> None:
    for value in ("1", "'; SET ROLE baton_admin; --", "\\"):
        refused = server.send("SELECT 1", "bi", **{name: value})
        assert refused.headers["X-ClickHouse-Exception-Code"] == "115"


@pytest.mark.parametrize("database", ["a`; SET ROLE baton_admin; --", "a\\", "a' b", "a\tb"])
def test_a_database_is_a_name(server: LocalServer, database: str) -> None:
    refused = server.send("SELECT 1", "bi", database=database)
    assert refused.headers["X-ClickHouse-Exception-Code"] == "497", refused.text
    assert roles(server) == {"['bi']"}


def test_a_query_id_is_no_part_of_a_statement(server: LocalServer) -> None:
    for known in ("*/; SET ROLE baton_admin /*", "*/ UNION ALL SELECT 2 /*", "/*", "'"):
        answer = server.send("SELECT 1", "bi", query_id=known)
        assert answer.text == "1\n"
        assert answer.headers["X-ClickHouse-Query-Id"] == known


def connect(server: LocalServer, head: str) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    made.sendall(head.encode())
    return made


def head(server: LocalServer, user: str, password: str | None = None, more: str = "") -> str:
    key = server.passwords[user] if password is None else password
    login = f"X-ClickHouse-User: {user}\r\nX-ClickHouse-Key: {key}\r\n"
    return f"POST / HTTP/1.1\r\nHost: x\r\n{login}{more}\r\n"


def test_who_is_not_known_takes_no_place(server: LocalServer) -> None:
    slow = head(server, "baton", "guess", "Content-Length: 10000\r\n") + "S"
    with ExitStack() as stack:
        made = [stack.enter_context(connect(server, slow)) for _ in range(150)]
        assert server.ask("SELECT 1") == "1"
        assert server.ask("SELECT 1", "bi") == "1"
        assert made[0].recv(100).startswith(b"HTTP/1.1 403")


def test_readers_who_are_slow_leave_places_for_others(server: LocalServer) -> None:
    slow = head(server, "bi", more="Content-Length: 10000\r\n") + "S"
    with ExitStack() as stack:
        made = [stack.enter_context(connect(server, slow)) for _ in range(150)]
        refused = wait_for(lambda: _refused(server))
        assert refused is not None
        assert refused.status_code == 503
        assert refused.headers["Retry-After"] == "1"
        assert refused.headers["X-ClickHouse-Exception-Code"] == "202"
        assert server.ask("SELECT 1") == "1"
        wait_for(lambda: server.send("SELECT 1", "bi").status_code == 200)
        answers = [each.recv(100) for each in made]
    assert sum(b" 408 " in answer for answer in answers) == READER_QUERIES
    assert sum(b" 503 " in answer for answer in answers) == len(made) - READER_QUERIES


def _refused(server: LocalServer) -> httpx.Response | None:
    answer = server.send("SELECT 1", "bi")
    return None if answer.status_code == 200 else answer


def test_a_body_that_comes_drop_by_drop_ends(server: LocalServer) -> None:
    with connect(server, head(server, "bi", more="Content-Length: 10000\r\n")) as dripping:
        dripping.settimeout(0.2)
        begin, answer = time.monotonic(), b""
        while not answer and time.monotonic() - begin < 10 * PATIENCE:
            dripping.sendall(b" ")
            try:
                answer = dripping.recv(100)
            except TimeoutError:
                continue
    assert b" 408 " in answer


def test_half_a_head_is_not_waited_for(server: LocalServer) -> None:
    with ExitStack() as stack:
        made = [stack.enter_context(connect(server, "GET / HTTP")) for _ in range(200)]
        assert server.ask("SELECT 1") == "1"
        for each in made:
            assert _ended(each)


def _ended(connection: socket.socket) -> bool:
    """Whether the other side ends it, which may be before or after what it still sends."""
    try:
        while connection.recv(1 << 16):
            continue
    except ConnectionError:
        return True
    return True


def test_a_bomb_does_not_become_large(server: LocalServer) -> None:
    bomb = zstandard.ZstdCompressor().compress(b" " * (1 << 30))
    assert len(bomb) < 1 << 18
    for user in ("bi", "baton"):
        with server.client(user) as client:
            refused = client.post("/", content=bomb, headers={"Content-Encoding": "zstd"})
        assert (refused.status_code, refused.headers["X-ClickHouse-Exception-Code"]) == (413, "229")
    assert _peak_memory(server) < 1_500_000_000


def _peak_memory(server: LocalServer) -> int:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def test_a_form_is_read_when_it_is_known_whose_it_is(server: LocalServer) -> None:
    url = f"http://127.0.0.1:{server.port}/"
    parts = {f"p{number}": b"x" for number in range(2000)}
    unknown = httpx.post(url, files=parts, headers={"X-ClickHouse-User": "bi"})
    assert unknown.status_code == 403
    form = {"user": (None, "baton"), "password": (None, server.passwords["baton"])}
    assert httpx.post(url, files=form).status_code == 401
    with server.client("bi") as client:
        asked = {"query": (None, "SELECT currentRoles()")}
        assert client.post("/", files={**asked, **form}).text == "['bi']\n"
        assert client.post("/", files=parts).headers["X-ClickHouse-Exception-Code"] == "36"
        large = client.post("/", files={"query": (None, " " * (1 << 20))})
        assert large.status_code == 413


@pytest.mark.parametrize("user", ["bi", "baton"])
def test_who_does_not_read_is_let_go(server: LocalServer, user: str) -> None:
    large = "SELECT repeat('x', 1000) FROM numbers(1e9) FORMAT TSV"
    text = head(server, user, more=f"Content-Length: {len(large)}\r\n") + large
    running = "SELECT count() FROM system.processes WHERE query LIKE 'SELECT repeat%'"
    with ExitStack() as stack:
        made = [stack.enter_context(connect(server, text)) for _ in range(5)]
        wait_for(lambda: server.ask(running) == str(len(made)))
        wait_for(lambda: server.ask(running) == "0", deadline=8 * PATIENCE)
        assert server.ask("SELECT 1", user) == "1"
        assert all(map(_reset, made))


def _reset(connection: socket.socket) -> bool:
    """Whether the other side let go of it with all that was still to be sent."""
    try:
        while connection.recv(1 << 20):
            continue
    except ConnectionResetError:
        return True
    return False
