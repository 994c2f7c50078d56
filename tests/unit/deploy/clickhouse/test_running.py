"""Statements in progress, and KILL QUERY by the clients' ids."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from deploy.local.clickhouse.errors import ClickHouseError, from_engine
from deploy.local.clickhouse.running import (
    MAX_QUERIES,
    READER_QUERIES,
    READERS_QUERIES,
    Running,
    renamed,
)
from deploy.local.clickhouse.statement import parse
from deploy.local.clickhouse.users import User

ADA = User("ada", "")


def test_an_id_is_used_once_at_a_time_and_there_is_a_limit() -> None:
    running = Running(limit=2)
    with running.enter("a", ADA):
        with pytest.raises(ClickHouseError, match="216"), running.enter("a", ADA):
            pass
        with (
            running.enter("b", ADA),
            pytest.raises(ClickHouseError, match="202"),
            running.enter("c", ADA),
        ):
            pass
    assert len(running) == 0
    with running.enter("a", ADA):
        assert len(running) == 1


def test_readers_leave_places_for_those_who_write() -> None:
    running = Running()
    with ExitStack() as entered:

        def enter(user: User) -> None:
            entered.enter_context(running.enter(f"{len(running)}", user))

        for name in ("bi", "be"):
            for _ in range(READER_QUERIES):
                enter(User(name, "", ()))
            with pytest.raises(ClickHouseError, match=f"of {name}. Maximum: {READER_QUERIES}"):
                enter(User(name, "", ()))
        for _ in range(READERS_QUERIES - 2 * READER_QUERIES):
            enter(User("bo", "", ()))
        with pytest.raises(ClickHouseError) as full:
            enter(User("bo", "", ()))
        assert full.value.status == 503
        for _ in range(MAX_QUERIES - READERS_QUERIES):
            enter(ADA)


def test_ids_in_a_kill_become_the_engines() -> None:
    query = parse(b"KILL QUERY WHERE query_id IN ('mine', 'other') AND user = 'mine' SYNC;")
    ids = {"mine": "0123-engine"}
    expected = "KILL QUERY WHERE query_id IN ('0123-engine', 'other') AND user = '0123-engine' SYNC"
    assert renamed(query, ids) == expected


def test_the_engines_errors_do_not_show_what_the_front_added() -> None:
    text = "Code: 62. DB::Exception: x: SELECT 1\nINTO OUTFILE '/tmp/a' APPEND FORMAT CSV"
    problem = from_engine(RuntimeError(f"{text}\n/*query_id:0a*/."))
    assert problem.text == "Code: 62. DB::Exception: x: SELECT 1 FORMAT CSV."
    assert (problem.code, problem.status) == (62, 400)
    assert from_engine(RuntimeError("odd")).status == 500
