"""A worker with nothing to do goes on living, whatever lies at the end of its partitions."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from confluent_kafka import Producer

from producers.event import key
from producers.kafka import Topics, client_config
from stream.extent import Gauge
from tests.integration.derivation import Feed, WorkerProcess, assert_exact, worker

pytestmark = pytest.mark.server

STALL = 0.5
"""Seconds; a worker that stands still four times as long ends itself."""


class Slow:
    """An exactly-once producer whose transaction lasts."""

    def __init__(self, topics: Topics, name: str) -> None:
        self._topic = topics.events
        config = {"transactional.id": f"{topics.prefix}{name}", "partitioner": "murmur2_random"}
        self._producer = Producer({**client_config(), **config})
        self._producer.init_transactions(30)
        self._producer.begin_transaction()
        for number in range(8):
            self._producer.produce(self._topic, b"no json", key(1, f"c{number}"))
        assert self._producer.flush(30) == 0

    def end(self, commit: bool) -> None:
        (self._producer.commit_transaction if commit else self._producer.abort_transaction)(30)


def lives(running: WorkerProcess, seconds: float = 8 * STALL) -> None:
    """All the while it is well, for longer than a worker that stands still would live."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        health = running.health()
        assert health, running.tail()
        assert health["healthy"], health
        time.sleep(0.1)


def test_it_lives_with_aborted_events_and_markers_at_the_end(
    topics: Topics, tmp_path: Path
) -> None:
    Feed(topics).send(50)
    one, other = Slow(topics, "one"), Slow(topics, "other")
    one.end(commit=True)
    other.end(commit=True)
    Slow(topics, "aborted").end(commit=False)
    with worker(tmp_path, BATON_STALL_SECONDS=str(STALL), BATON_FLOOD_SHARE="1") as running:
        assert_exact(topics)
        lives(running)


def test_it_lives_through_a_slow_transaction_after_a_quiet_time(
    topics: Topics, tmp_path: Path
) -> None:
    feed = Feed(topics)
    feed.send(50)
    with worker(tmp_path, BATON_STALL_SECONDS=str(STALL), BATON_FLOOD_SHARE="1") as running:
        assert_exact(topics)
        lives(running, 5 * STALL)
        slow = Slow(topics, "slow")
        feed.send(50)
        assert any(
            each.open for each in Gauge(client_config()).extents(topics.events, range(4)).values()
        )
        lives(running)
        slow.end(commit=True)
        assert_exact(topics)
        lives(running)
