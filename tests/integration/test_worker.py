"""The worker on a real Kafka: all it writes is the oracle's, whatever comes in."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest

from producers.event import key
from producers.kafka import Topics
from sink.clickhouse import connect
from stream.topics import LARGEST_EVENT
from tests.integration.derivation import Feed, assert_exact, read, wait_for, worker

pytestmark = pytest.mark.server


def test_any_order_repeats_and_garbage(topics: Topics, tmp_path: Path) -> None:
    feed = Feed(topics)
    feed.send(3000)
    with worker(tmp_path) as running:
        running.wait_ready(4)
        feed.send(2000)
        assert_exact(topics)
        assert running.stop() == 0
    with worker(tmp_path) as running:
        feed.send(500)
        assert_exact(topics)
        opened = re.findall(r"open at offset \d+, (\d+) records restored", running.log.read_text())
        assert opened == ["0"] * 4, "the local copy is used"


def test_events_of_aborted_transactions_are_not_there(topics: Topics, tmp_path: Path) -> None:
    feed = Feed(topics)
    feed.send(100)
    feed.send_aborted(100)
    feed.send(100)
    with worker(tmp_path):
        assert_exact(topics)


def test_dead_letters_keep_all_and_stop_nothing(topics: Topics, tmp_path: Path) -> None:
    feed = Feed(topics)
    feed.send_raw(b"\xff no json", b"any", headers=[("trace", b"1"), ("trace", None)])
    feed.send_raw(None, None)
    feed.send(100, malformed=0)
    # As large as the topic takes, batch and record around it included.
    # Of bytes that no compression makes smaller.
    largest = random.Random(1).randbytes(LARGEST_EVENT - 100)
    feed.send_raw(largest, key(1, "c1"))
    feed.send(100, malformed=0)
    feed.send_raw(b'{"event_type":"conversation.opened"}', key(1, "c1"))
    with worker(tmp_path) as running:
        dead = wait_for(
            lambda: [m for m in read(topics.dead) if _reason(m) in ("no_json", "too_large")][2:],
            running.tail(),
        )
        assert dead
        letters = {m.value(): m for m in read(topics.dead)}
        assert letters[b"\xff no json"].headers()[:2] == [("trace", b"1"), ("trace", None)]
        assert _reason(letters[None]) == "no_json"
        assert _reason(letters[largest]) == "too_large"
        wait_for(
            lambda: any(_reason(m) == "contract" for m in read(topics.dead)), "the last message"
        )


def _reason(message: object) -> str:
    return dict(message.headers())["baton.reason"].decode()  # type: ignore[attr-defined]


def test_a_flood_stops_before_it_is_committed_and_goes_on_by_command(
    topics: Topics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stream.operator import resume_plan
    from stream.settings import Settings

    feed = Feed(topics, contacts=1)
    feed.send(50, malformed=0)
    partition = read(topics.events)[0].partition()
    for _ in range(1500):
        feed._producer.produce(topics.events, b"garbage", b"k", partition)
    feed.send(50, malformed=0)
    with worker(tmp_path) as running:
        running.wait_ready()
        health = wait_for(
            lambda: (h := running.health()) and not h["healthy"] and h, running.tail()
        )
        (stopped,) = [p for p in health["partitions"] if p["problem"]]
        assert stopped["partition"] == partition
        assert "accept-flood" in stopped["problem"]
        assert stopped["offset"] <= 1050
        assert len(read(topics.dead)) <= 1000
        resume_plan(Settings.from_environment(), partition, flood=True, loss=False).execute()
        wait_for(lambda: len(read(topics.dead)) >= 1500, "going on by command")
        assert_exact(topics)
        wait_for(lambda: (running.health() or {}).get("healthy"), "healthy again")


def test_rows_are_what_the_landing_table_takes(
    topics: Topics, database: str, tmp_path: Path
) -> None:
    feed = Feed(topics)
    feed.send(50, malformed=0)
    with worker(tmp_path):
        assert_exact(topics)
    row = json.loads(read(topics.log)[0].value())
    with connect() as client:
        columns = [name for name, *_ in client.query("DESCRIBE assignment_landing").result_rows]
    assert sorted(row) == sorted(columns)
