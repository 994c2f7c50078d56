"""What is not the worker's own end: brokers that stop, hangs, rolling restarts, compaction."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource

from producers.kafka import Topics, client_config
from stream import watermark
from stream.topics import create
from tests import recovery, sinks
from tests.integration.brokers import OwnKafka
from tests.integration.derivation import (
    Feed,
    WorkerProcess,
    assert_exact,
    read,
    should_be,
    wait_for,
    worker,
)

pytestmark = [pytest.mark.server, pytest.mark.faults]


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnKafka]:
    own = OwnKafka(tmp_path / "kafka")
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", f"127.0.0.1:{own.port}")
    own.start()
    yield own
    own.kill()


def test_the_broker_freezes_and_dies_in_the_middle(
    broker: OwnKafka, database: str, tmp_path: Path
) -> None:
    topics = Topics()
    create(client_config(), topics)
    feed = Feed(topics)
    feed.send(8000)
    with running_sink() as sink, worker(tmp_path) as running:
        running.wait_ready(4)
        broker.signal(signal.SIGSTOP)
        time.sleep(4)  # the outage itself: long enough for requests to time out
        broker.signal(signal.SIGCONT)
        feed.send(2000)
        broker.kill()
        wait_for(lambda: _says(running, "Kafka has not answered"), "the lost broker is noticed")
        broker.start()
        feed.send(2000)
        recover_exactly(topics, tmp_path, running)
        assert 0 < running.log.read_text().count("Unable connect to node") < 10, "hundreds, unheld"
        log, _ = should_be(topics)
        wait_for(lambda: sinks.counted(len(log)), "the same sink has written all of it")
        assert sink.poll() is None
    assert sinks.log() == log


@contextmanager
def running_sink() -> Iterator[subprocess.Popen[str]]:
    """A sink for the length of a block."""
    process = sinks.start()
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _says(running: WorkerProcess, words: str) -> bool:
    """Whether the health endpoint says so, or the worker has ended, saying why."""
    if running.process.poll() is not None:
        return running.process.returncode != 0
    health = running.health()
    return bool(health) and any(words in p["problem"] for p in health["partitions"])


def recover_exactly(topics: Topics, home: Path, running: object) -> None:
    """Whoever runs the worker starts it again when it ends, as `baton up` does."""
    done = threading.Event()

    def restart() -> None:
        while not done.wait(0.2):
            if running.process.poll() is not None:  # type: ignore[attr-defined]
                with worker(home):
                    done.wait()

    keeper = threading.Thread(target=restart)
    keeper.start()
    try:
        assert_exact(topics, 150)
    finally:
        done.set()
        keeper.join()


def test_a_hang_is_noticed_and_ends_the_worker(topics: Topics, tmp_path: Path) -> None:
    feed = Feed(topics)
    feed.send(2000)
    with worker(tmp_path, BATON_FAULT="derived:2:hang", BATON_STALL_SECONDS="2") as running:
        health = wait_for(
            lambda: (h := running.health()) and not h["healthy"] and h, running.tail()
        )
        problems = [p["problem"] for p in health["partitions"]]
        assert any("no progress" in p and "a batch at work" in p for p in problems)
        assert running.wait_end() == 70
        assert "giving up" in running.tail()
    with worker(tmp_path):
        assert_exact(topics)


def test_rolling_restarts_and_kills_do_not_stall_the_group(topics: Topics, tmp_path: Path) -> None:
    """Whoever comes back in time finds its partitions waiting, and nobody else is disturbed."""
    session = {"BATON_SESSION_SECONDS": "30"}
    feed = Feed(topics)
    with worker(tmp_path, "w1", **session) as one, worker(tmp_path, "w2", **session) as two:
        one.wait_ready(1)
        two.wait_ready(1)
        wait_for(lambda: _open(one) + _open(two) == 4, "four partitions open")
        opened = one.log.read_text().count("open at offset")
        stop = threading.Event()
        feeder = threading.Thread(target=_feed_until, args=(feed, stop))
        feeder.start()
        try:
            assert two.stop() == 0
            with worker(tmp_path, "w2", **session) as again:
                again.wait_ready(1)
                wait_for(lambda: _open(one) + _open(again) == 4, "four partitions open")
                again.kill()
                with worker(tmp_path, "w2", **session) as once_more:
                    once_more.wait_ready(1)
                    wait_for(lambda: _open(one) + _open(once_more) == 4, "four partitions open")
                    stop.set()
                    feeder.join()
                    assert_exact(topics)
        finally:
            stop.set()
            feeder.join()
    pause = _longest_pause(topics)
    recovery.note("a partition went on, at the longest", pause)
    assert pause < 20, "two restarts of a process, and no session's time-out"
    assert one.log.read_text().count("open at offset") == opened, "the other one stood still, too"


def _open(running: object) -> int:
    health = running.health()  # type: ignore[attr-defined]
    return sum(p["offset"] is not None for p in health["partitions"]) if health else 0


def _feed_until(feed: Feed, stop: threading.Event) -> None:
    while not stop.wait(0.1):
        feed.send(50)


def _longest_pause(topics: Topics) -> float:
    """The longest that an event lay in its partition before it was derived, in seconds."""
    arrived = {(m.partition(), m.offset()): m.timestamp()[1] for m in read(topics.events)}
    derived = {
        (m.partition(), json.loads(m.value())["version"] // 2): m.timestamp()[1]
        for m in read(topics.log)
    }
    return max(at - arrived[place] for place, at in derived.items()) / 1000


def test_a_compacted_changelog_restores_the_same(topics: Topics, tmp_path: Path) -> None:
    feed = Feed(topics, contacts=10)
    feed.send(4000)
    with worker(tmp_path) as running:
        assert_exact(topics)
        assert running.stop() == 0
    _compact(topics.history)
    with worker(tmp_path) as running:

        def compacted() -> bool:
            feed.send(5)  # only a segment that is no longer written to is compacted
            marks = [m for m in read(topics.history) if m.key() == watermark.KEY]
            ends = {m.partition(): m.offset() for m in marks}
            return len(marks) < 40 and min(ends.values()) > 100

        wait_for(compacted, "older watermarks are compacted away", 150)
        assert_exact(topics)
        assert running.stop() == 0
    shutil.rmtree(tmp_path / "worker")
    feed.send(500)
    with worker(tmp_path):
        assert_exact(topics)


def _compact(topic: str) -> None:
    settings = {
        "segment.ms": "500",
        "min.cleanable.dirty.ratio": "0.0",
        "max.compaction.lag.ms": "1",
        "delete.retention.ms": "1",
    }
    changes = [
        ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        for name, value in settings.items()
    ]
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=changes)
    admin = AdminClient(client_config())
    for future in admin.incremental_alter_configs([resource]).values():
        future.result()
