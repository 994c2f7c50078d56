"""CLICKHOUSE_URL: what it may be, and that its password appears nowhere."""

from __future__ import annotations

import pytest

from producers.variables import Unset
from sink.clickhouse import ClickHouseUnusable, Settings, quoted, settings_from_url


@pytest.mark.parametrize(
    ("url", "settings"),
    [
        ("http://host", Settings("host", 8123, "default", "", "baton")),
        ("https://host/db", Settings("host", 8443, "default", "", "db", secure=True)),
        ("http://u:p@host:1/db", Settings("host", 1, "u", "p", "db")),
        ("http://u%40x:p%2F%3A%40@host:1/d%20b", Settings("host", 1, "u@x", "p/:@", "d b")),
        ("http://u:p@[::1]:1/db", Settings("::1", 1, "u", "p", "db")),
    ],
)
def test_url(url: str, settings: Settings) -> None:
    assert settings_from_url({"CLICKHOUSE_URL": url}) == settings


@pytest.mark.parametrize("given", [{}, {"CLICKHOUSE_URL": ""}])
def test_without_an_address_there_is_no_clickhouse(given: dict[str, str]) -> None:
    with pytest.raises(Unset, match=r"No ClickHouse runs in /there: .* set CLICKHOUSE_URL"):
        settings_from_url({"BATON_HOME": "/there", **given})


@pytest.mark.parametrize("url", ["host:8123", "clickhouse://u:hush@h/db", "http://u:hush@h:x/db"])
def test_what_is_no_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ClickHouseUnusable, match="CLICKHOUSE_URL") as refusal:
        settings_from_url({"CLICKHOUSE_URL": url})
    assert "hush" not in str(refusal.value)


def test_the_password_is_not_shown() -> None:
    settings = settings_from_url({"CLICKHOUSE_URL": "http://u:hush@h/db"})
    assert "hush" not in repr(settings) + settings.shown


def test_a_name_cannot_leave_its_quotes() -> None:
    assert quoted("a`; DROP TABLE x") == "`a\\`; DROP TABLE x`"
