from __future__ import annotations

from pathlib import Path

import pytest

from queries import server
from queries.errors import QueryError
from queries.page import fetch
from queries.tokens import Tokens


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No token yet, and a server that goes no further than to look for the page's libraries."""
    monkeypatch.setenv("BATON_HOME", str(tmp_path))
    monkeypatch.delenv("BATON_TOKENS", raising=False)
    monkeypatch.delenv("BATON_SERVE_HOSTS", raising=False)
    monkeypatch.setattr(fetch, "present", lambda: False)
    return tmp_path


def refusal(host: str) -> str:
    with pytest.raises(QueryError) as refused:
        server.run(host, 0)
    return str(refused.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_loopback_opens_without_a_token(host: str) -> None:
    assert "libraries are missing" in refusal(host)


def test_an_address_of_the_network_does_not(home: Path) -> None:
    assert "as 192.0.2.2 would open the report" in refusal("192.0.2.2")
    Tokens(home / "tokens.json").create("1")
    assert "libraries are missing" in refusal("192.0.2.2")


def test_nor_does_it_where_callers_may_say_localhost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_SERVE_HOSTS", "localhost")
    assert "would open the report" in refusal("0.0.0.0")


def test_nor_does_loopback_behind_a_name_of_the_network(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATON_SERVE_HOSTS", "report.example.com,other.example.com")
    assert "as report.example.com, other.example.com would open" in refusal("127.0.0.1")
    Tokens(home / "tokens.json").create("1")
    assert "libraries are missing" in refusal("127.0.0.1")


def test_a_damaged_list_of_tokens_is_named(home: Path) -> None:
    (home / "tokens.json").write_text("[{]")
    assert "tokens.json is damaged" in refusal("192.0.2.2")
