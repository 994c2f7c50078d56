"""Disks that are really full, under ClickHouse, the worker's state and Kafka.

Nothing is lost, nothing counts twice, and all goes on once there is space. Where mounting is not
permitted these are skipped; `test_sink_faults.py` has a ClickHouse that says its disk is full.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from deploy.borrowed import with_database
from deploy.local import environment, services
from deploy.local.home import Home, free_port
from producers.kafka import Topics, client_config
from sink import patience
from sink.clickhouse import connect, create_database, settings_from_url
from sink.consumer import Sink
from sink.group import Group
from sink.migrate import migrate, migrations
from sink.plan import Insert
from sink.target import ClickHouseTarget
from sink.writer import Unavailable
from stream.topics import create
from tests import sinks
from tests.assignment_rows import rows
from tests.integration.brokers import OwnKafka
from tests.integration.derivation import Feed, WorkerProcess, assert_exact, worker
from tests.integration.small_disk import Disk, small_disk
from tests.integration.test_worker_outages import recover_exactly
from tests.servers import in_containers
from tests.support import wait_for

pytestmark = [pytest.mark.server, pytest.mark.faults]


class Watched(ClickHouseTarget):
    """Keeps how many rows each table held after every insert that failed."""

    def __init__(self) -> None:
        super().__init__(settings_from_url())
        self.failed: list[dict[str, int]] = []
        self.failed_now = threading.Event()

    def insert(self, insert: Insert) -> None:
        try:
            super().insert(insert)
        except Unavailable:
            self.failed.append(sinks.held())
            self.failed_now.set()
            raise


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """The disk of a ClickHouse of the test's own, which CLICKHOUSE_URL names."""
    if in_containers():
        pytest.skip("the disk of a container is not mounted from here")
    home = Home(tmp_path / "own")
    with small_disk(home.data(services.CLICKHOUSE), 200) as disk:
        server = services.start_clickhouse(home, free_port())
        url = with_database(environment.addresses(home)[environment.CLICKHOUSE], "baton")
        monkeypatch.setenv("CLICKHOUSE_URL", url)
        create_database(settings_from_url())
        with connect() as client:
            list(migrate(client, migrations()))
        yield disk
        os.kill(server.pid, signal.SIGKILL)


def test_clickhouse_on_a_full_disk(
    topics: Topics, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Space comes back bit by bit, so that tries fail before, between and after some tables."""
    monkeypatch.setattr(patience, "LONGEST", 0.5)
    group, stop = Group(client_config(), topics), threading.Event()
    target = Watched()
    thread = threading.Thread(target=Sink(group, target).run, args=(stop,))
    thread.start()
    try:
        messages = sinks.produce(topics, rows(500))
        wait_for(partial(sinks.counted, len(messages)))
        disk.fill()
        messages += sinks.produce(topics, rows(20_000, seed=1))
        while not sinks.counted(len(messages)):
            target.failed_now.clear()
            wait_for(lambda: target.failed_now.is_set() or sinks.counted(len(messages)))
            disk.give(2_000_000)  # ClickHouse reserves a mebibyte for each part
    finally:
        stop.set()
        thread.join(60)
        group.close()
    print(
        f"{len(target.failed)} inserts failed, leaving", *map(set, map(dict.values, target.failed))
    )
    assert not thread.is_alive()
    assert target.failed
    sinks.assert_exact(messages)


def test_the_workers_state_on_a_full_disk(topics: Topics, tmp_path: Path) -> None:
    feed = Feed(topics)
    feed.send(2000)
    with small_disk(tmp_path / "home/worker", 24) as disk:
        with worker(tmp_path / "home") as running:
            assert_exact(topics)
            disk.fill()
            feed.send(2000)
            assert_exact(topics)  # what counts is in Kafka
            running.stop()
        with worker(tmp_path / "home") as running:
            assert running.wait_end() not in (0, -signal.SIGKILL)
            assert "No space left on device" in running.tail()
        disk.empty()
        feed.send(500)
        with worker(tmp_path / "home"):
            assert_exact(topics)


def test_kafka_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker ends, and a transaction with it; whoever runs the broker starts it again, once
    there is space."""
    broker = OwnKafka(tmp_path / "own")
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", f"127.0.0.1:{broker.port}")
    topics = Topics()
    with small_disk(tmp_path / "own/kafka", 200) as disk:
        broker.start()
        create(client_config(), topics)
        feed = Feed(topics)
        feed.send(5000)
        frozen = {"BATON_FAULT": "produced:3:stop", "BATON_TRANSACTION_SECONDS": "10"}
        with worker(tmp_path, **frozen) as running:
            running.wait_frozen()
            disk.fill()
            running.process.send_signal(signal.SIGCONT)
            wait_for(lambda: broker.running.process() is None, deadline=90)
            wait_for(lambda: _gave_up(running), deadline=60)
            disk.empty()
            broker.start()
            feed.send(1000)
            recover_exactly(topics, tmp_path, running)
        broker.kill()


def _gave_up(running: WorkerProcess) -> bool:
    """Whether the worker has aborted its transaction, or ended."""
    return running.process.poll() is not None or "transaction aborted" in running.log.read_text()
