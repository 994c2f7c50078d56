"""Sessions by a clock of the test's own."""

from __future__ import annotations

import pytest

from deploy.local.clickhouse.errors import ClickHouseError
from deploy.local.clickhouse.sessions import Sessions, parse_timeout


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Closed:
    closed = False

    def close(self) -> None:
        self.closed = True


def test_a_session_lives_from_its_last_statement_on() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    with sessions.use("ada", "s", 60, must_exist=False) as first:
        first.settings["a"] = "1"
        clock.now = 1000
    clock.now += 59
    with sessions.use("ada", "s", 60, must_exist=True) as again:
        assert again is first
    clock.now += 60
    with pytest.raises(ClickHouseError, match="372"), sessions.use("ada", "s", 60, True):
        pass
    assert len(sessions) == 0


def test_a_session_is_its_users_and_locked() -> None:
    sessions = Sessions()
    with sessions.use("ada", "s", 60, must_exist=False):
        with pytest.raises(ClickHouseError, match="373"), sessions.use("ada", "s", 60, False):
            pass
        with sessions.use("eve", "s", 60, must_exist=False) as other:
            assert other.settings == {}


def test_what_a_session_holds_is_closed_with_it() -> None:
    clock, held = Clock(), Closed()
    sessions = Sessions(clock)
    with sessions.use("ada", "s", 1, must_exist=False) as session:
        session.handle = held  # type: ignore[assignment]
    sessions.expire()
    assert not held.closed
    clock.now = 1
    sessions.expire()
    assert held.closed


def test_timeouts() -> None:
    assert parse_timeout("3600") == 3600
    for text in ("3601", "-1", "x", ""):
        with pytest.raises(ClickHouseError, match="374"):
            parse_timeout(text)
