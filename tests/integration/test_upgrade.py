"""A migration under rows that are there and sinks at work, in every generation."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka import Producer

from producers.kafka import Topics, client_config
from sink import chain, exchange, generations
from sink.clickhouse import connect, settings_from_url
from sink.consumer import Sink
from sink.exchange import Exchange
from sink.generations import State
from sink.goal import CaughtUp
from sink.group import Group
from sink.migrate import Migration, MigrationRefused, applied, migrations
from sink.target import ClickHouseTarget
from sink.upgrade import Upgrade
from stream import topics as stream_topics
from tests import sinks
from tests.assignment_rows import rows
from tests.support import wait_for

pytestmark = pytest.mark.server

OLD, NEW = rows(400), rows(300, seed=1)
NUMBER = len(migrations()) + 1
TABLES = """-- Scope: generation
CREATE TABLE IF NOT EXISTS contacts_seen (contact_id String, assignments Int64)
ENGINE = SummingMergeTree ORDER BY contact_id
SETTINGS non_replicated_deduplication_window = 10000;
CREATE MATERIALIZED VIEW IF NOT EXISTS contacts_seen_mv TO contacts_seen AS
SELECT contact_id, sum(toInt64(sign)) AS assignments FROM assignment_landing GROUP BY contact_id;
ALTER TABLE assignment_landing ADD COLUMN IF NOT EXISTS note String;
ALTER TABLE assignment_log ADD COLUMN IF NOT EXISTS note String;
TRUNCATE TABLE contacts_seen;
INSERT INTO contacts_seen SELECT contact_id, count() FROM assignment_log FINAL GROUP BY contact_id;
DROP VIEW IF EXISTS people_mv;
DROP TABLE IF EXISTS people;
"""
VIEWS = """-- Scope: report
CREATE OR REPLACE VIEW busiest AS
SELECT contact_id, sum(assignments) AS total FROM contacts_seen GROUP BY contact_id;
"""
ADDED = [
    Migration(NUMBER, f"{NUMBER:04}_contacts_seen.sql", TABLES),
    Migration(NUMBER + 1, f"{NUMBER + 1:04}_busiest.sql", VIEWS),
]
FILES = [*migrations(), *ADDED]


@pytest.fixture(autouse=True)
def newer(monkeypatch: pytest.MonkeyPatch) -> None:
    """This version has one migration more; fixtures are of the version before."""
    monkeypatch.setattr(chain, "migrations", migrations)


def write(topic: str, messages: Sequence[bytes]) -> None:
    producer = Producer(client_config())
    for number, message in enumerate(messages):
        producer.produce(topic, message, partition=number % 4)
    producer.flush()


def drain(topics: Topics) -> None:
    """What `baton sink --until-caught-up` does."""
    target = ClickHouseTarget(settings_from_url(), generation=topics.generation)
    group = Group(client_config(), topics)
    with closing(target), closing(group):
        Sink(group, target, eager=True).run(threading.Event(), CaughtUp(group))


def switch(topics: Topics, to: int) -> None:
    """What `baton replay exchange` does, with no sink at work."""
    with connect() as client:
        known = generations.known(client)
        old = generations.live(known)
        list(Exchange(settings_from_url(), client, old, known[to], lambda: {}).run())


def upgrade(topics: Topics, files: Sequence[Migration] = FILES) -> list[Migration]:
    address = settings_from_url()
    with connect(address) as client:
        return list(Upgrade(address, client, client_config, topics.prefix, files).run())


def by_contact(messages: Sequence[bytes]) -> dict[str, int]:
    """Computed without ClickHouse."""
    return dict(Counter(json.loads(message)["contact_id"] for message in messages))


def counted(client: Client, database: str) -> dict[str, int]:
    found = client.query(
        f"SELECT contact_id, sum(assignments) FROM {database}.contacts_seen GROUP BY 1"
    )
    return {str(contact): int(total) for contact, total in found.result_rows}


def assert_right(written: dict[int, list[bytes]]) -> None:
    with connect() as client:
        found = generations.known(client)
        for number, messages in written.items():
            place = found[number].database
            logged = client.query(f"SELECT count() FROM {place}.assignment_log FINAL").first_row[0]
            total = client.query(f"SELECT sum(assignments) FROM {place}.source_counts")
            assert (logged, total.first_row[0]) == (len(messages), len(messages)), number
            assert counted(client, place) == by_contact(messages), number
            left = client.query(
                "SELECT name FROM system.tables WHERE startsWith(name, 'people')"
                " AND database = {place:String}",
                parameters={"place": place},
            )
            assert left.result_rows == []


@pytest.fixture
def two(topics: Topics, database: str) -> dict[int, list[bytes]]:
    """Generation 2 is live, 1 is kept; what was written to each."""
    its = replace(topics, generation=2)
    stream_topics.create(client_config(), its)
    address = settings_from_url()
    with connect() as client:
        beside = exchange.database_of(address, 2)
        new = generations.Generation(2, State.BUILDING, beside, chain.new_landing(2))
        exchange.create(address, client, new)
    write(topics.log, OLD)
    write(its.log, NEW)
    drain(topics)
    drain(its)
    switch(topics, 2)
    return {1: list(OLD), 2: list(NEW)}


@pytest.fixture
def dropped(database: str) -> object:
    yield
    with connect() as client:
        for number in (1, 2):
            client.command(f"DROP DATABASE IF EXISTS {database}_g{number}")


@pytest.mark.usefixtures("dropped")
def test_every_generation_is_migrated_wherever_an_exchange_has_put_it(
    topics: Topics, two: dict[int, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "migrations", lambda: FILES)
    with connect() as client:
        chain.pause(client, settings_from_url().database)
    assert upgrade(topics) == ADDED
    assert upgrade(topics) == []
    assert_right(two)
    with connect() as client:
        chain.resume(client, settings_from_url().database)
    for number in two:
        more = rows(40, seed=10 + number)
        two[number] += more
        write(replace(topics, generation=number).log, more)
        drain(replace(topics, generation=number))
    assert_right(two)
    switch(topics, 1)
    with connect() as client:
        busiest = dict(client.query("SELECT contact_id, total FROM busiest").result_rows)
    assert busiest == by_contact(two[1])


@pytest.mark.faults
def test_what_the_sinks_have_begun_is_not_cut_off(topics: Topics, database: str) -> None:
    write(topics.log, OLD)
    assert sinks.run(fault="sink.after-insert")[0] == -9
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chain, "migrations", lambda: FILES)
        patch.setattr("sink.positions._PATIENCE", 1.0)
        with pytest.raises(MigrationRefused, match="begun an insert"):
            upgrade(topics)
        drain(topics)
        assert upgrade(topics) == ADDED
    assert_right({1: list(OLD)})


def killed(topics: Topics, fault: str) -> None:
    code = (
        "from tests.integration.test_upgrade import FILES, chain, upgrade\n"
        "from producers.kafka import Topics\n"
        "chain.migrations = lambda: FILES\n"
        f"upgrade(Topics({topics.prefix!r}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "BATON_FAULT": fault},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == -9, done.stderr


@pytest.mark.faults
@pytest.mark.usefixtures("dropped")
def test_killed_after_each_step_under_sinks_at_work(
    topics: Topics, two: dict[int, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    running = [sinks.start(BATON_GENERATION=str(number)) for number in two]
    try:
        for turn, step in enumerate(("changed", "unchained", "chained")):
            killed(topics, f"upgrade.{step}")
            for number in two:
                more = rows(20, seed=20 + 2 * turn + number)
                two[number] += more
                write(replace(topics, generation=number).log, more)
        monkeypatch.setattr(chain, "migrations", lambda: FILES)
        assert upgrade(topics) == ADDED

        def written() -> bool:
            with connect() as client:
                found = generations.known(client)
                return all(
                    sum(counted(client, found[number].database).values()) == len(messages)
                    for number, messages in two.items()
                )

        wait_for(written, 60)
        assert_right(two)
        assert all(one.poll() is None for one in running)
    finally:
        for one in running:
            one.kill()
            one.communicate()
    with connect() as client:
        assert set(applied(client)) == {each.number for each in FILES}
