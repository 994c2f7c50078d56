"""Killing the worker at each step of its cycle, and other ends of the world."""

from __future__ import annotations

import random
import shutil
import signal
import time
from pathlib import Path

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions

from producers.event import key
from producers.kafka import Topics, client_config
from stream.operator import resume_plan
from stream.settings import Settings
from tests.integration.derivation import Feed, assert_exact, read, wait_for, worker

pytestmark = pytest.mark.server

STEPS = ["fenced", "restored", "derive", "rows", "produced", "before commit", "committed", "stored"]
QUICK = {"rows", "committed"}


@pytest.mark.parametrize(
    "step", [s if s in QUICK else pytest.param(s, marks=pytest.mark.faults) for s in STEPS]
)
def test_killed_at_each_step(topics: Topics, tmp_path: Path, step: str) -> None:
    feed = Feed(topics)
    feed.send(3000)
    nth = 2 if step in ("fenced", "restored") else 3
    with worker(tmp_path, BATON_FAULT=f"{step}:{nth}") as running:
        code = running.wait_end()
        assert code == -signal.SIGKILL, running.tail()
    feed.send(500)
    with worker(tmp_path):
        assert_exact(topics)


@pytest.mark.faults
def test_killed_at_random_under_load(topics: Topics, tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    feed = Feed(topics, seed)
    feed.send(20_000)
    for _ in range(10):
        with worker(tmp_path) as running:
            running.wait_ready(4)
            feed.send(2000)
            time.sleep(chance.uniform(0, 1))  # when it dies is what varies
            running.kill()
    with worker(tmp_path):
        assert_exact(topics)


@pytest.mark.faults
def test_two_workers_join_and_leave(topics: Topics, tmp_path: Path) -> None:
    feed = Feed(topics)
    feed.send(5000)
    with worker(tmp_path, "w1") as one:
        one.wait_ready(4)
        with worker(tmp_path, "w2") as two:
            two.wait_ready(2)
            feed.send(5000)
            assert two.stop() == 0
        one.wait_ready(4)
        feed.send(5000)
        with worker(tmp_path, "w3") as three:
            three.wait_ready(2)
            feed.send(2000)
            three.kill()
        one.wait_ready(4)
        assert_exact(topics)


@pytest.mark.faults
def test_a_paused_worker_wakes_up_fenced(topics: Topics, tmp_path: Path) -> None:
    feed = Feed(topics)
    feed.send(6000)
    # Nothing but fencing may end its transaction: in this time no time-out does.
    frozen = {"BATON_FAULT": "produced:3:stop", "BATON_TRANSACTION_SECONDS": "600"}
    with worker(tmp_path, "w1", **frozen) as zombie:
        zombie.wait_frozen()
        with worker(tmp_path, "w2") as heir:
            heir.wait_ready(4)
            feed.send(4000)
            assert_exact(topics)
            zombie.process.send_signal(signal.SIGCONT)
            assert zombie.wait_end() not in (0, -signal.SIGKILL), zombie.tail()
            feed.send(1000)
            assert_exact(topics)


@pytest.mark.parametrize(
    "harm", ["deleted", pytest.param("corrupted", marks=pytest.mark.faults), "of another format"]
)
def test_local_state_harmed(topics: Topics, tmp_path: Path, harm: str) -> None:
    feed = Feed(topics)
    feed.send(2000)
    with worker(tmp_path) as running:
        assert_exact(topics)
        assert running.stop() == 0
    for directory in tmp_path.glob("worker/w1/*/[0-9]*"):
        _harm(directory, harm)
    feed.send(500)
    with worker(tmp_path):
        assert_exact(topics)


def _harm(directory: Path, harm: str) -> None:
    if harm == "deleted":
        shutil.rmtree(directory)
    elif harm == "corrupted":
        for path in directory.glob("*"):
            if path.is_file() and path.stat().st_size:
                content = bytearray(path.read_bytes())
                content[len(content) // 3 :] = b"\x55" * (len(content) - len(content) // 3)
                path.write_bytes(content)
    else:
        from rocksdict import Options, Rdict

        db = Rdict(str(directory), Options(raw_mode=True))
        db[b"\0format"] = b"0/0"
        for name in [name for name in db.keys() if name.endswith(b"\0h")]:  # noqa: SIM118 a Rdict
            db[name] = b"a head as it was in that format"
        db.close()


def test_more_partitions_stop_the_worker(topics: Topics, tmp_path: Path) -> None:
    feed = Feed(topics)
    feed.send(200)
    with worker(tmp_path):
        assert_exact(topics)
    admin = AdminClient(client_config())
    for future in admin.create_partitions([NewPartitions(topics.events, 6)]).values():
        future.result()
    wait_for(
        lambda: (
            len(admin.list_topics(topics.events, timeout=9).topics[topics.events].partitions) == 6
        ),
        "six partitions",
    )
    with worker(tmp_path) as running:
        assert running.wait_end() == 1
        assert "partition counts differ" in running.tail()
        assert "contacts have moved" in running.tail()
    names = (topics.dead, topics.log, topics.history)
    for future in admin.create_partitions([NewPartitions(name, 6) for name in names]).values():
        future.result()
    wait_for(
        lambda: all(
            len(t.partitions) in (1, 6, 50)
            for n, t in admin.list_topics(timeout=9).topics.items()
            if n in names
        ),
        "six partitions everywhere",
    )
    with worker(tmp_path) as running:
        assert running.wait_end() == 1
        assert "had 4 partitions and has 6" in running.tail()


@pytest.mark.faults
def test_an_agent_that_raises_ends_the_worker(topics: Topics, tmp_path: Path) -> None:
    feed = Feed(topics)
    feed.send(500)
    with worker(tmp_path, BATON_FAULT="derived:2:raise") as running:
        assert running.wait_end() not in (0, -signal.SIGKILL)
        assert "fault point derived" in running.tail()
    with worker(tmp_path):
        assert_exact(topics)


@pytest.mark.faults
def test_events_lost_to_retention_are_not_skipped(topics: Topics, tmp_path: Path) -> None:
    feed = Feed(topics, contacts=1)
    feed.send(100, malformed=0)
    partition = read(topics.events)[0].partition()
    _retain_from(topics, partition, 40)
    with worker(tmp_path) as running:
        assert running.wait_end() not in (0, -signal.SIGKILL)
        assert "events 0 to 39 are gone" in running.tail()
    resume_plan(Settings.from_environment(), partition, flood=False, loss=True).execute()
    with worker(tmp_path):
        assert_exact(topics)


@pytest.mark.faults
def test_events_lost_under_a_running_worker_are_not_skipped(topics: Topics, tmp_path: Path) -> None:
    feed = Feed(topics, contacts=1)
    feed.send(100, malformed=0)
    partition = read(topics.events)[0].partition()
    with worker(tmp_path) as running:
        assert_exact(topics)
        running.process.send_signal(signal.SIGSTOP)
        # Answers the fetch that is under way, for it is more than that waits for.
        feed.send_raw(b"x" * 100_000, key(1, "c0"))
        feed.send(300, malformed=0)
        _retain_from(topics, partition, 350)
        running.process.send_signal(signal.SIGCONT)
        assert running.wait_end() not in (0, -signal.SIGKILL), running.tail()
    with worker(tmp_path) as running:
        assert running.wait_end() not in (0, -signal.SIGKILL), running.tail()
        assert "to 349 are gone" in running.tail()


def _retain_from(topics: Topics, partition: int, offset: int) -> None:
    admin = AdminClient(client_config())
    gone = TopicPartition(topics.events, partition, offset)
    for future in admin.delete_records([gone]).values():
        future.result(30)
