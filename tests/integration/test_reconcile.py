"""The tables are proved against the log, and repaired, whatever ends the command in between."""

from __future__ import annotations

import os
import subprocess
import sys

import orjson
import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka import Producer

from producers.kafka import Topics, client_config
from sink import chain, generations
from sink.clickhouse import connect
from tests.assignment_rows import in_clickhouse, rows

pytestmark = pytest.mark.server

ROWS = rows(3000)


def run(*arguments: str, fault: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "baton", *arguments],
        env={**os.environ, **({"BATON_FAULT": fault} if fault else {})},
        capture_output=True,
        text=True,
    )


def reconcile(*arguments: str) -> dict[str, object]:
    done = run("reconcile", "--execute", "--json", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    result: dict[str, object] = orjson.loads(done.stdout)["result"]
    return result


@pytest.fixture
def client(topics: Topics, database: str) -> Client:
    """A database whose sink has written all of the log."""
    producer = Producer(client_config())
    for number, row in enumerate(ROWS):
        producer.produce(topics.log, row, partition=number % 4)
    producer.flush()
    assert run("sink", "--until-caught-up").returncode == 0
    return connect()


def sums(client: Client) -> dict[str, int]:
    found = {}
    for table in chain.tables():
        what = "count()" if table == "assignment_log" else "sum(assignments)"
        final = " FINAL" if table == "assignment_log" else ""
        found[table] = client.query(f"SELECT {what} FROM {table}{final}").result_rows[0][0]
    return found


def lost_month(client: Client) -> None:
    client.command("ALTER TABLE assignment_log DROP PARTITION 202602")


def counted_twice(client: Client) -> None:
    client.command("INSERT INTO source_counts SELECT * FROM source_counts LIMIT 5")


def row_of_nobody(client: Client) -> None:
    client.command(
        "INSERT INTO assignment_log SELECT * REPLACE (generateUUIDv4() AS event_id,"
        " toDateTime64('2031-05-01 00:00:00', 3, 'UTC') AS occurred_at) FROM assignment_log LIMIT 1"
    )


def other_content(client: Client) -> None:
    client.command(
        "INSERT INTO assignment_log SELECT * REPLACE ('somebody' AS assigned_to_id,"
        " version + 1 AS version) FROM assignment_log LIMIT 1"
    )


def lost_list(client: Client) -> None:
    client.command("TRUNCATE TABLE people")


def test_what_is_right_is_left_as_it_is(client: Client, database: str) -> None:
    assert sums(client) == in_clickhouse(ROWS)
    before = chain.identities(client, database), sums(client)
    result = reconcile()
    assert (result["differences"], result["replaced"]) == (0, [])
    assert before == (chain.identities(client, database), sums(client))
    assert not client.query("SHOW DATABASES LIKE '%_shadow'").result_rows


DAMAGES = (lost_month, counted_twice, row_of_nobody, other_content, lost_list)


def test_what_is_wrong_is_found_and_repaired(client: Client) -> None:
    for damage in DAMAGES:
        damage(client)
    looked = reconcile("--look-only")
    assert looked["replaced"] == []
    examples = str(looked["examples"])
    for found in ("assignment_log, 2026-02", "assignment_log, 2031-05", "people"):
        assert found in examples
    assert "source_counts" in examples
    assert "same number, other contents" in examples
    reconcile()
    assert sums(client) == in_clickhouse(ROWS)
    assert reconcile()["differences"] == 0


@pytest.mark.faults
def test_killed_anywhere_it_goes_on_and_nothing_is_there_twice(client: Client) -> None:
    for fault in ("shadow.inserted:3", "rewriting.held", "rewriting.replaced:2"):
        lost_month(client)
        counted_twice(client)
        assert run("reconcile", "--execute", fault=fault).returncode == -9
        reconcile()
        assert sums(client) == in_clickhouse(ROWS)
    assert reconcile()["differences"] == 0
    assert run("sink", "--until-caught-up").returncode == 0
    assert sums(client) == in_clickhouse(ROWS)


def test_a_held_landing_makes_sinks_wait_and_loses_nothing(client: Client, topics: Topics) -> None:
    live = generations.live(generations.known(client))
    chain.hold(client, live.database, live.landing)
    producer = Producer(client_config())
    late = rows(10, seed=1)
    for row in late:
        producer.produce(topics.log, row, partition=0)
    producer.flush()
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run(
            [sys.executable, "-m", "baton", "sink", "--until-caught-up"],
            timeout=8,
            capture_output=True,
        )
    assert sums(client) == in_clickhouse(ROWS)
    chain.release(client, live.database, live.landing)
    assert run("sink", "--until-caught-up").returncode == 0
    assert sums(client) == in_clickhouse([*ROWS, *late])


def test_paused_sinks_stand_still_until_they_are_resumed(client: Client, topics: Topics) -> None:
    assert run("sink", "pause", "--execute").returncode == 0
    producer = Producer(client_config())
    late = rows(10, seed=2)
    for row in late:
        producer.produce(topics.log, row, partition=1)
    producer.flush()
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run(
            [sys.executable, "-m", "baton", "sink", "--until-caught-up"],
            timeout=8,
            capture_output=True,
        )
    assert sums(client) == in_clickhouse(ROWS)
    assert run("sink", "resume", "--execute").returncode == 0
    assert run("sink", "--until-caught-up").returncode == 0
    assert sums(client) == in_clickhouse([*ROWS, *late])
