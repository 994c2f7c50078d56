from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from queries.sessions import KEPT_OF_A_TOKEN, LASTS, Sessions
from queries.tokens import Token, Tokens


class Clock:
    """A time that goes on when a test says so."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    return Tokens(tmp_path / "tokens.json")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(tokens: Tokens, clock: Clock) -> Sessions:
    return Sessions(tokens, clock)


def made(tokens: Tokens, workspace: str) -> Token:
    token = tokens.find(tokens.create(workspace))
    assert token is not None
    return token


def test_a_session_is_its_tokens_and_found_by_its_id_alone(
    tokens: Tokens, sessions: Sessions
) -> None:
    first, second = made(tokens, "1"), made(tokens, "2")
    ids = {sessions.open(first), sessions.open(first), sessions.open(second)}
    assert len(ids) == 3
    found = [sessions.find(one) for one in ids]
    assert sorted(one.workspace for one in found if one) == ["1", "1", "2"]
    for wrong in ("", "x", next(iter(ids))[:-1], first.id, first.sha256):
        assert sessions.find(wrong) is None


def test_what_is_kept_opens_nothing(tokens: Tokens, sessions: Sessions, tmp_path: Path) -> None:
    identifier = sessions.open(made(tokens, "1"))
    kept = (tmp_path / "tokens.sessions.json").read_text()
    assert identifier not in kept
    for word in kept.replace('"', " ").split():
        assert sessions.find(word) is None


def test_signing_out_ends_it_on_every_server_and_no_other(
    tokens: Tokens, sessions: Sessions
) -> None:
    token, beside = made(tokens, "1"), Sessions(tokens)
    here, there = sessions.open(token), sessions.open(token)
    assert sessions.find(here)
    sessions.end(here)
    sessions.end("x")
    assert sessions.find(here) is None
    assert sessions.find(there) == token
    assert beside.find(here) is None


def test_it_ends_with_its_token(tokens: Tokens, sessions: Sessions) -> None:
    token = made(tokens, "1")
    identifier = sessions.open(token)
    tokens.revoke(token.id)
    assert sessions.find(identifier) is None


def test_it_ends_after_a_while(tokens: Tokens, sessions: Sessions, clock: Clock) -> None:
    identifier = sessions.open(made(tokens, "1"))
    clock.now += LASTS - timedelta(seconds=1)
    assert sessions.find(identifier)
    clock.now += timedelta(seconds=1)
    assert sessions.find(identifier) is None


def test_nobody_fills_the_list(
    tokens: Tokens, sessions: Sessions, clock: Clock, tmp_path: Path
) -> None:
    of_other = sessions.open(made(tokens, "2"))
    token = made(tokens, "1")
    ids = [sessions.open(token) for _ in range(KEPT_OF_A_TOKEN + 5)]
    assert [sessions.find(one) is not None for one in ids] == [False] * 5 + [True] * KEPT_OF_A_TOKEN
    assert sessions.find(of_other)
    clock.now += LASTS
    sessions.open(token)
    assert (tmp_path / "tokens.sessions.json").read_text().count("sha256") == 1
