"""Kills of the sink and of ClickHouse, zombies, and a ClickHouse that is away: the crash table of
`sink/README.md`."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from deploy.borrowed import with_database
from deploy.local import environment, services
from deploy.local.home import Home, free_port
from producers.kafka import Topics, client_config
from sink.clickhouse import connect, create_database, settings_from_url
from sink.consumer import Sink
from sink.goal import CaughtUp
from sink.group import Group
from sink.migrate import migrate, migrations
from sink.target import ClickHouseTarget
from tests import recovery, sinks
from tests.assignment_rows import rows
from tests.proxy import Proxy
from tests.servers import in_containers
from tests.support import wait_for

pytestmark = [pytest.mark.server, pytest.mark.faults]

POINTS = [
    "sink.before-intent",
    "sink.after-intent",
    "sink.after-register",
    "sink.after-insert",
    "sink.before-written",
    "sink.after-written",
]


@pytest.mark.parametrize("nth", [1, 3])
@pytest.mark.parametrize("point", POINTS)
def test_kill_at_each_step(topics: Topics, database: str, point: str, nth: int) -> None:
    messages = sinks.produce(topics, rows(600))
    code, output = sinks.run("--until-caught-up", fault=f"{point}:{nth}")
    assert code == -signal.SIGKILL, output
    sinks.catch_up()
    sinks.assert_exact(messages)


def test_kills_at_random(topics: Topics, database: str) -> None:
    """Two sinks that are killed again and again while rows arrive."""
    chance = random.Random(7)
    messages: list[bytes] = []
    running = [sinks.start(), sinks.start()]
    try:
        for seed in range(10):
            messages += sinks.produce(topics, rows(500, seed))
            threading.Event().wait(chance.uniform(0, 3))
            victim = chance.randrange(2)
            running[victim].kill()
            running[victim].wait()
            running[victim] = sinks.start()
    finally:
        for process in running:
            process.kill()
            process.wait()
    sinks.catch_up()
    sinks.assert_exact(messages)


@pytest.mark.parametrize("point", ["sink.after-intent", "sink.after-insert"])
def test_a_zombie_writes_nothing_twice(topics: Topics, database: str, point: str) -> None:
    """Stopped for longer than the session, woken after another sink has done its work."""
    messages = sinks.produce(topics, rows(600))
    zombie = sinks.start(fault=f"{point}:1:stop")
    try:
        wait_for(lambda: os.waitpid(zombie.pid, os.WNOHANG | os.WUNTRACED)[0])
        # The other one's batches end elsewhere than those the zombie has in its hands.
        messages += sinks.produce(topics, rows(600, seed=2))
        sinks.catch_up()
        messages += sinks.produce(topics, rows(600, seed=1))
        zombie.send_signal(signal.SIGCONT)
        wait_for(partial(sinks.counted, len(messages)), deadline=60)
        zombie.send_signal(signal.SIGTERM)
        output, _ = zombie.communicate(timeout=30)
    finally:
        zombie.kill()
    assert "stopped" in output
    sinks.assert_exact(messages)


@contextmanager
def sink_thread(topics: Topics, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A sink in this process, whose ClickHouse is at `url` and may take 2 seconds."""
    direct = os.environ["CLICKHOUSE_URL"]
    monkeypatch.setenv("CLICKHOUSE_URL", url)
    target = ClickHouseTarget(settings_from_url(), timeout=2)
    monkeypatch.setenv("CLICKHOUSE_URL", direct)
    group, stop = Group(client_config(), topics), threading.Event()
    thread = threading.Thread(target=Sink(group, target).run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
        group.close()
    assert not thread.is_alive()


@pytest.mark.parametrize(
    "trouble", ["refuse", "hang", "cut answers", "slow", "no space", "read only"]
)
def test_clickhouse_away_and_back(
    topics: Topics, database: str, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    """It refuses, says nothing, does the work and loses the answer, takes longer than the sink
    waits, or says that it cannot write. Rows arrive all the while; nobody helps."""
    messages: list[bytes] = []
    with (
        Proxy(os.environ["CLICKHOUSE_URL"]) as proxy,
        sink_thread(topics, proxy.url, monkeypatch),
    ):
        for round in range(2):
            messages += sinks.produce(topics, rows(300, seed=3 * round))
            wait_for(lambda: sinks.held()["source_counts"] >= 1)
            proxy.trouble = trouble
            messages += sinks.produce(topics, rows(300, seed=3 * round + 1))
            wait_for(lambda: proxy.troubled >= 3, deadline=60)
            messages += sinks.produce(topics, rows(300, seed=3 * round + 2))
            proxy.trouble, proxy.troubled = None, 0
            with recovery.measured("all is written"):
                wait_for(partial(sinks.counted, len(messages)), deadline=60)
    sinks.assert_exact(messages)


@pytest.fixture
def own_clickhouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], int]]:
    """A local ClickHouse of the test's own; called, it is started (again) and gives its pid."""
    if in_containers():
        pytest.skip("a container is not killed in the middle of an insert")
    home, port, pids = Home(tmp_path / "own"), free_port(), []

    def start() -> int:
        pids.append(services.start_clickhouse(home, port).pid)
        return pids[-1]

    start()
    url = with_database(environment.addresses(home)[environment.CLICKHOUSE], "baton")
    monkeypatch.setenv("CLICKHOUSE_URL", url)
    create_database(settings_from_url())
    with connect() as client:
        list(migrate(client, migrations()))
    os.kill(pids[-1], signal.SIGKILL)
    wait_for(partial(_gone, pids[-1]))
    yield start
    os.kill(pids[-1], signal.SIGKILL)


def test_clickhouse_killed_while_it_inserts(
    topics: Topics, own_clickhouse: Callable[[], int]
) -> None:
    """In the middle of writing to the views' targets, at a different moment each time."""
    chance = random.Random(11)
    messages: list[bytes] = []
    process = sinks.start()
    try:
        for seed in range(8):
            pid = own_clickhouse()
            messages += sinks.produce(topics, rows(2_000, seed))
            threading.Event().wait(chance.uniform(0.2, 2.5))
            os.kill(pid, signal.SIGKILL)
            wait_for(partial(_gone, pid))
        own_clickhouse()
        with recovery.measured("all is written"):
            wait_for(partial(sinks.counted, len(messages)), deadline=90)
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=30)
    finally:
        process.kill()
    assert "nothing is lost" in output
    sinks.assert_exact(messages)


def _gone(pid: int) -> bool:
    status = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return not status.stdout.strip() or status.stdout.startswith("Z")


def test_caught_up_waits_for_other_members(topics: Topics, database: str) -> None:
    """What another sink has still to write counts too."""
    messages = sinks.produce(topics, rows(100))
    group = Group(client_config(), topics)
    try:
        caught_up = CaughtUp(group)
        assert not caught_up()
        sinks.catch_up()
        wait_for(caught_up)
    finally:
        group.close()
    sinks.assert_exact(messages)
