"""The exchange of generations, killed after each of its steps: readers see one or the other, and
every row counts once in the generation it belongs to."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka import Producer

from deploy.replay import switching
from deploy.replay.installation import opened
from producers.kafka import Topics, client_config
from sink import chain, exchange, generations
from sink.clickhouse import connect, settings_from_url
from sink.generations import Generation, State
from sink.target import ClickHouseTarget
from stream import topics as stream_topics
from tests import sinks
from tests.assignment_rows import in_clickhouse, rows
from tests.support import wait_for

pytestmark = [pytest.mark.server, pytest.mark.faults]

OLD, NEW = rows(400), rows(300, seed=1)
STEPS = ("held", "unchain", "swap", "move", "chain")


def baton(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "baton", *arguments],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=120,
    )


def write(topic: str, messages: list[bytes]) -> None:
    producer = Producer(client_config())
    for number, message in enumerate(messages):
        producer.produce(topic, message, partition=number % 4)
    producer.flush()


def drain(generation: int) -> None:
    done = baton("sink", "--until-caught-up", BATON_GENERATION=str(generation))
    assert done.returncode == 0, done.stderr


def sums(client: Client, database: str) -> dict[str, int]:
    found = {}
    for table in chain.tables():
        what = "count()" if table == "assignment_log" else "sum(assignments)"
        final = " FINAL" if table == "assignment_log" else ""
        query = f"SELECT {what} FROM {database}.{table}{final}"
        found[table] = client.query(query).result_rows[0][0]
    return found


@pytest.fixture
def second(topics: Topics, database: str) -> Iterator[Generation]:
    """A second generation, built and written, beside the live one."""
    its = replace(topics, generation=2)
    stream_topics.create(client_config(), its)
    address = settings_from_url()
    with connect() as client:
        new = Generation(2, State.BUILDING, exchange.database_of(address, 2), chain.new_landing(2))
        made = exchange.create(address, client, new)
    write(topics.log, OLD)
    write(its.log, NEW)
    drain(1)
    drain(2)
    yield made
    with connect() as client:
        for number in (1, 2):
            client.command(f"DROP DATABASE IF EXISTS {exchange.database_of(address, number)}")


def switch(to: int, fault: str = "") -> None:
    """Exchange as the command does it, in a process that a fault may end."""
    code = (
        "from contextlib import closing\n"
        "from dataclasses import replace\n"
        "from deploy.replay.installation import opened\n"
        "from deploy.replay import switching\n"
        "from sink.exchange import Exchange\n"
        "from sink.positions import Sinks\n"
        "with opened() as there:\n"
        f"    new = there.find({to})\n"
        "    old = switching.old_of(there, new)\n"
        "    with closing(Sinks(there.kafka, there.topics(1))) as one, "
        "closing(Sinks(there.kafka, there.topics(2))) as two:\n"
        "        look = lambda: one.settled() is not None and two.settled()\n"
        "        list(Exchange(there.address, there.client, old, new, look).run())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **({"BATON_FAULT": fault} if fault else {})},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == (-9 if fault else 0), done.stderr


def test_killed_after_each_step_it_is_finished_by_the_next_run(
    topics: Topics, database: str, second: Generation
) -> None:
    written = {1: list(OLD), 2: list(NEW)}
    its = {1: topics.log, 2: replace(topics, generation=2).log}
    live = 1
    with connect() as client:
        for turn, step in enumerate(STEPS):
            wanted = 3 - live
            switch(wanted, f"exchange.{step}")
            seen = sums(client, database)
            assert seen in [in_clickhouse(written[1]), in_clickhouse(written[2])]
            if generations.known(client)[wanted].state is not State.LIVE:
                switch(wanted)
            live = wanted
            assert sums(client, database) == in_clickhouse(written[live])
            for number in (1, 2):
                more = rows(20, seed=10 + 2 * turn + number)
                written[number] += more
                write(its[number], more)
                drain(number)
            found = generations.known(client)
            assert found[live].state is State.LIVE
            for number in (1, 2):
                place = found[number].database
                assert sums(client, place) == in_clickhouse(written[number]), (step, number)


def test_a_pause_of_the_sinks_outlasts_an_exchange(
    topics: Topics, database: str, second: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = {1: rows(30, seed=2), 2: rows(40, seed=3)}
    assert baton("sink", "pause", "--execute").returncode == 0
    running = [sinks.start(BATON_GENERATION=str(number)) for number in (1, 2)]
    try:
        write(replace(topics, generation=2).log, more[2])
        monkeypatch.setattr(switching, "CURRENT", 0.0)
        with opened() as there:
            (refused,) = switching.plan(there, there.find(2), "replay exchange").refused
        assert refused.startswith("the sinks are paused, and generation 2 lacks more rows")
        write(topics.log, more[1])
        switch(2)
        with connect() as client:
            assert sums(client, database) == in_clickhouse(NEW)
            assert all(waits(number) for number in (1, 2))
            assert baton("sink", "resume", "--execute").returncode == 0
            found = generations.known(client)
            for number, written in ((1, OLD), (2, NEW)):
                place, wanted = found[number].database, in_clickhouse([*written, *more[number]])
                wait_for(lambda place=place, wanted=wanted: sums(client, place) == wanted, 60)
        assert all(one.poll() is None for one in running)
    finally:
        for one in running:
            one.kill()
            one.communicate()


def waits(generation: int) -> bool:
    """Whether a sink of this generation would begin no insert now."""
    target = ClickHouseTarget(settings_from_url(), generation=generation)
    try:
        return target.asks_to_wait()
    finally:
        target.close()
