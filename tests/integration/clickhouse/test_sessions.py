"""Sessions over HTTP: what they keep, for whom, and for how long."""

from __future__ import annotations

import threading
from uuid import uuid4

import pytest

from tests.integration.clickhouse.local_server import LocalServer
from tests.support import wait_for

pytestmark = pytest.mark.server


@pytest.fixture
def session() -> str:
    return uuid4().hex


def test_a_session_keeps_temporary_tables(server: LocalServer, session: str) -> None:
    server.ask("CREATE TEMPORARY TABLE mine (a UInt8)", session_id=session)
    server.ask("INSERT INTO mine VALUES (5)", session_id=session)
    assert server.ask("SELECT a FROM mine", session_id=session) == "5"
    failed = server.send("SELECT nope FROM mine", session_id=session)
    assert failed.headers["X-ClickHouse-Exception-Code"] == "47"
    assert server.ask("SELECT a FROM mine", session_id=session) == "5"
    for elsewhere in ({}, {"session_id": uuid4().hex}):
        refused = server.send("SELECT a FROM mine", **elsewhere)
        assert refused.headers["X-ClickHouse-Exception-Code"] == "60"
    assert server.send("SELECT 1 FROM mine", "bi", session_id=session).status_code != 200


def test_a_session_keeps_settings_and_database(server: LocalServer, session: str) -> None:
    asked = "SELECT getSetting('max_block_size'), currentDatabase()"
    server.ask("SET max_block_size = 11, log_comment = 'a, b = c'", session_id=session)
    server.ask("USE baton", session_id=session)
    assert server.ask(asked, session_id=session) == "11\tbaton"
    assert server.ask(asked, session_id=session, max_block_size="12") == "12\tbaton"
    assert server.ask(asked, session_id=session) == "11\tbaton"
    assert server.ask("SELECT getSetting('log_comment')", session_id=session) == "a, b = c"
    assert server.ask(asked) == "65409\tdefault"
    server.ask("SET max_block_size = DEFAULT", session_id=session)
    assert server.ask(asked, session_id=session) == "65409\tbaton"


def test_a_session_serves_one_statement_at_a_time(server: LocalServer, session: str) -> None:
    slow = threading.Thread(
        target=server.send, args=("SELECT sleep(2)",), kwargs={"session_id": session}
    )
    slow.start()
    wait_for(
        lambda: (
            "sleep(2)"
            in server.ask("SELECT query FROM system.processes WHERE query LIKE 'SELECT sleep(2)%'")
        )
    )
    locked = server.send("SELECT 1", session_id=session)
    assert locked.headers["X-ClickHouse-Exception-Code"] == "373"
    slow.join()
    assert server.ask("SELECT 1", session_id=session) == "1"


def test_a_session_must_exist_when_it_is_said_to(server: LocalServer, session: str) -> None:
    unknown = server.send("SELECT 1", session_id=session, session_check="1")
    assert unknown.headers["X-ClickHouse-Exception-Code"] == "372"


def test_a_session_can_be_closed(server: LocalServer, session: str) -> None:
    server.ask("CREATE TEMPORARY TABLE mine (a UInt8)", session_id=session)
    server.ask("SELECT * FROM mine", session_id=session, close_session="1")
    again = server.send("SELECT 1", session_id=session, session_check="1")
    assert again.headers["X-ClickHouse-Exception-Code"] == "372"


def test_a_session_times_out(server: LocalServer, session: str) -> None:
    server.ask("CREATE TEMPORARY TABLE mine (a UInt8)", session_id=session, session_timeout="1")

    def gone() -> bool:
        found = server.send("SELECT 1", session_id=session, session_check="1", session_timeout="1")
        return found.headers.get("X-ClickHouse-Exception-Code") == "372"

    assert server.send("SELECT 1", session_id=session, session_timeout="0").status_code == 200
    wait_for(gone, deadline=10)
    too_long = server.send("SELECT 1", session_id=session, session_timeout="99999")
    assert too_long.headers["X-ClickHouse-Exception-Code"] == "374"
