"""Another version of Baton: rolled out under a feed, and refused where it cannot read the state."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest
from confluent_kafka import Producer

from deploy.local import process, services, status
from deploy.local.home import Home, free_port
from deploy.replay import rolling
from deploy.replay.installation import opened
from producers.kafka import Topics, client_config
from sink.clickhouse import connect
from stream import watermark
from stream.extent import Gauge
from stream.partition import Partition
from stream.settings import Settings
from stream.store import Store
from stream.watermark import OtherFormat
from tests.integration.derivation import Feed, assert_exact, is_now
from tests.servers import stop_all
from tests.support import wait_for

pytestmark = pytest.mark.server


def newer(topics: Topics, partition: int) -> None:
    """What a version to come has left: a record only it can read, and its watermark."""
    producer = Producer(client_config())
    producer.produce(topics.history, b"\xff", b"{}\0?", partition=partition)
    mark = orjson.dumps({"format": 99, "by": "9.9.9", "reach": [7]})
    producer.produce(topics.history, mark, watermark.KEY, partition=partition)
    producer.flush()


def test_state_of_a_newer_format_is_refused_unread(topics: Topics, database: str) -> None:
    settings = Settings.from_environment()
    newer(topics, 2)
    with pytest.raises(OtherFormat, match=r"by Baton 9\.9\.9 in format 99, this version knows"):
        Partition(settings, 2, 4, "id", Gauge(settings.kafka)).open()
    store = Store(settings.partition_state(2), settings.horizon)
    assert (store.watermark, store.changelog) == (None, 0)
    assert list(store.history(b"{}")._db.keys()) == [b"\0format"]
    store.close()
    with opened() as there:
        one = rolling.One(process.Running("worker-1", 1, 0.0, "9.9.9"), 1)
        (refused,) = rolling.plan(there, [one]).refused
    assert refused.startswith(f"partition 2 of {topics.history}: the state was written by Baton")


@contextmanager
def feeding(feed: Feed) -> Iterator[None]:
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(0.05):
            feed.send(20)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def partitions_open(home: Home, workers: Sequence[str]) -> int:
    """How many partitions these have, ready for events."""
    ports = [process.find(home, name).ports[name] for name in workers]
    found = [status.health(port) or {"partitions": []} for port in ports]
    return sum(each["offset"] is not None for one in found for each in one["partitions"])


@pytest.mark.faults
@pytest.mark.timeout(400)
def test_rolled_out_and_back_under_a_feed(topics: Topics, database: str, tmp_path: Path) -> None:
    home, feed = Home.from_environment(), Feed(topics)
    names = ("worker-1", "worker-2", "sink")
    try:
        for name in names[:2]:
            services.start_worker(home, name, free_port())
        services.start_sink(home)
        with feeding(feed):
            wait_for(lambda: partitions_open(home, names[:2]) == 4, 60)
            for _ in range(2):
                before = {name: process.find(home, name).pid for name in names}
                done = subprocess.run(
                    [sys.executable, "-m", "baton", "restart", "worker", "sink", "--execute"],
                    capture_output=True,
                    text=True,
                    timeout=180,
                )
                assert done.returncode == 0, done.stdout + done.stderr
                assert "worker-1 away: " in done.stdout
                assert "worker-2 away: " in done.stdout
                assert all(process.find(home, name).pid != before[name] for name in names)
                print(done.stdout)
        assert_exact(topics)
        rows = len(is_now(topics)[0])

        def counted() -> bool:
            with connect() as client:
                found = client.query("SELECT sum(assignments) FROM source_counts").first_row
            return bool(found[0] == rows)

        wait_for(counted, 60)
    finally:
        stop_all(home)
