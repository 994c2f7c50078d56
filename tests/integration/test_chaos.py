"""Worker and sink killed at random under load: ClickHouse ends at the oracle's log, row for row."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from producers.kafka import Topics
from tests import recovery, sinks
from tests.integration.derivation import Feed, assert_exact, should_be, worker

pytestmark = [pytest.mark.server, pytest.mark.faults, pytest.mark.timeout(900)]

KILLS = 20


def test_twenty_kills_of_worker_and_sink(topics: Topics, database: str, tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    feed = Feed(topics, seed)
    feed.send(10_000)
    longest = 0.0
    for kill in range(KILLS):
        running = sinks.start()
        with worker(tmp_path) as derives:
            began = time.monotonic()
            derives.wait_ready(4)
            longest = max(longest, time.monotonic() - began)
            feed.send(1000)
            time.sleep(chance.uniform(0, 1.5))  # when they die is what varies
            running.kill() if kill % 2 else derives.kill()
        running.kill()
        running.communicate()
    recovery.note("four partitions are open again, at the longest", longest)
    with worker(tmp_path):
        assert_exact(topics)
    sinks.catch_up()
    log, _ = should_be(topics)
    assert sinks.log() == log
    assert sinks.held()["source_counts"] == len(log)
