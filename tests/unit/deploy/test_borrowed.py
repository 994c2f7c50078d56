"""On servers that somebody has given, the demo keeps to itself."""

from __future__ import annotations

import os

import pytest

from deploy.borrowed import Borrowed


def test_given_servers_get_topics_and_a_database_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "kafka.example:9092")
    monkeypatch.setenv("CLICKHOUSE_URL", "https://me:secret@clickhouse.example/default?x=1")
    monkeypatch.setenv("BATON_TOPIC_PREFIX", "")
    used = Borrowed.from_environment("baton_demo").keep_apart()
    assert os.environ["BATON_TOPIC_PREFIX"] == "baton_demo."
    assert os.environ["CLICKHOUSE_URL"] == "https://me:secret@clickhouse.example/baton_demo?x=1"
    assert "secret" not in "".join(used)


def test_without_given_servers_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS")
    monkeypatch.delenv("CLICKHOUSE_URL")
    assert Borrowed.from_environment("baton_demo").keep_apart() == []
    assert "BATON_TOPIC_PREFIX" not in os.environ
