"""What the doctor finds, on real servers."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import pytest
from click.testing import CliRunner
from confluent_kafka import Producer, TopicCollection
from confluent_kafka.admin import AdminClient

from deploy.replay import kafka_checks, state_checks, table_checks
from deploy.replay.doctor import doctor
from deploy.replay.findings import Level
from deploy.replay.installation import Installation, opened
from producers.kafka import Topics, client_config
from sink import chain
from stream import control, watermark
from stream.history import Horizon
from stream.watermark import Watermark
from tests.support import wait_for

pytestmark = pytest.mark.server


@pytest.fixture
def there(topics: Topics, database: str) -> Iterator[Installation]:
    with opened() as installation:
        yield installation


def test_the_doctor_finds_counts_that_are_not_those_of_the_log(there: Installation) -> None:
    assert list(table_checks.sums(there)) == []
    there.client.command(
        "INSERT INTO source_counts (workspace_id, bucket, source, assignments)"
        " VALUES ('w', '2026-01-01 00:00:00', 'user', 3)"
    )
    (finding,) = table_checks.sums(there)
    assert (finding.level, finding.command) == (Level.WRONG, "baton reconcile")
    assert "3 counted, 0 in the log" in finding.text


def test_the_doctor_finds_what_is_held_and_what_is_paused(
    there: Installation, topics: Topics
) -> None:
    assert list(table_checks.generations(there)) == []
    live = there.live
    chain.hold(there.client, live.database, live.landing)
    assert [each.level for each in table_checks.generations(there)] == [Level.WRONG]
    chain.release(there.client, live.database, live.landing)
    chain.pause(there.client, live.database)
    assert [each.command for each in table_checks.generations(there)] == ["baton sink resume"]
    assert list(kafka_checks.words(there.kafka, topics)) == []
    control.tell(there.kafka, topics, 2, paused=True)
    (finding,) = kafka_checks.words(there.kafka, topics)
    assert finding.command == "baton resume --partition 2"


def test_the_doctor_finds_settings_under_which_something_is_lost(
    there: Installation, topics: Topics
) -> None:
    from confluent_kafka.admin import (
        AlterConfigOpType,
        ConfigEntry,
        ConfigResource,
    )

    assert list(kafka_checks.topics(there.kafka, topics)) == []
    wrong = ConfigEntry("retention.ms", "1000000", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ConfigResource.Type.TOPIC, topics.log, incremental_configs=[wrong])
    admin = AdminClient(client_config())
    for future in admin.incremental_alter_configs([resource]).values():
        future.result(30)
    (finding,) = kafka_checks.topics(there.kafka, topics)
    assert finding.level is Level.WRONG
    assert "retention.ms=1000000" in finding.text


def test_the_doctor_misses_worker_and_sink(there: Installation, topics: Topics) -> None:
    found = [each for each in kafka_checks.lags(there.kafka, topics) if each.level is Level.WRONG]
    assert {each.check for each in found} == {"worker", "sink"}


def test_the_doctor_finds_a_transaction_that_is_never_ended(
    there: Installation, topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_checks, "OPEN", 0.2)
    producer = Producer({**client_config(), "transactional.id": f"{topics.prefix}left"})
    producer.init_transactions()
    producer.begin_transaction()
    producer.produce(topics.log, b"ended", partition=3)
    producer.commit_transaction()
    assert list(kafka_checks.transactions(there.kafka, topics)) == []
    producer.begin_transaction()
    producer.produce(topics.log, b"left open", partition=3)
    producer.flush()
    monkeypatch.setattr(kafka_checks, "OPEN", 120.0)
    monkeypatch.setattr(kafka_checks, "NAMED", 0.2)
    (finding,) = wait_for(lambda: list(kafka_checks.transactions(there.kafka, topics)))
    assert finding.level is Level.WARNING, "somebody may be about to end it"
    assert f", of {topics.prefix}left;" in finding.text
    monkeypatch.setattr(kafka_checks, "OPEN", 0.2)
    (finding,) = wait_for(lambda: list(kafka_checks.transactions(there.kafka, topics)))
    assert finding.level is Level.WRONG
    assert f"partition 3 of {topics.log}" in finding.text
    assert finding.command.endswith("--partition 3 --start-offset 2")
    producer.abort_transaction()
    assert list(kafka_checks.transactions(there.kafka, topics)) == []


def state(topics: Topics, **fields: object) -> None:
    """What a worker has left in partition 1."""
    admin = AdminClient(client_config())
    described = admin.describe_topics(TopicCollection([topics.events]))[topics.events].result()
    right = Watermark(-1, str(described.topic_id), 4, Horizon(), "1.2.3")
    producer = Producer(client_config())
    value = {**orjson.loads(right.encode()), **fields}
    producer.produce(topics.history, orjson.dumps(value), watermark.KEY, partition=1)
    producer.flush()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"partitions": 3}, "had 3 partitions and has 4"),
        ({"topic_id": "another"}, "was deleted and made again"),
        ({"horizon": {"milliseconds": 1000, "events": 5}}, "a horizon of"),
        ({"offset": 7}, "ends at 0: cut off"),
        ({"format": 99, "by": "9.9.9", "horizon": None}, "written by Baton 9.9.9 in format 99"),
    ],
)
def test_the_doctor_finds_state_that_no_worker_would_go_on_from(
    there: Installation, topics: Topics, fields: dict[str, object], says: str
) -> None:
    state(topics)
    before = list(state_checks.reach(there.kafka, topics, Horizon()))
    assert [each.level for each in before] == [Level.OK] * 4
    assert "by Baton 1.2.3" in before[1].text
    state(topics, **fields)
    found = [each for each in state_checks.reach(there.kafka, topics, Horizon()) if each.level]
    assert [each.level for each in found] == [Level.WRONG]
    assert says in found[0].text
    assert "partition 1 of" in found[0].text


def test_the_doctor_misses_migrations(there: Installation) -> None:
    assert list(table_checks.schema(there)) == []
    there.client.command("ALTER TABLE schema_migrations DELETE WHERE number >= 4")
    found = wait_for(lambda: list(table_checks.schema(there)))
    assert found[0].command == "baton migrate"


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("ALTER TABLE assignment_log ADD COLUMN note String", "assignment_log has a column note"),
        ("ALTER TABLE assignment_log DROP COLUMN sequence", "assignment_log has no column seq"),
        ("ALTER TABLE source_counts MODIFY COLUMN assignments Int32", "assignments is Int32"),
        ("ALTER TABLE people MODIFY SETTING merge_with_ttl_timeout = 7", "people was changed"),
        ("DROP VIEW people_mv", "people_mv is not there"),
        ("CREATE OR REPLACE VIEW time_held AS SELECT 1 AS one", "time_held has no column"),
        (
            "ALTER TABLE source_counts_mv MODIFY QUERY SELECT workspace_id, source,"
            " toDateTime(occurred_at, 'UTC') AS bucket, toUInt8(0) AS is_unassignment,"
            " toInt64(1) AS assignments FROM assignment_landing",
            "source_counts_mv was changed",
        ),
    ],
)
def test_the_doctor_names_what_was_changed_by_hand(
    there: Installation, sql: str, says: str
) -> None:
    there.client.command(sql)
    found = list(table_checks.schema(there))
    assert {each.level for each in found} == {Level.WRONG}
    assert says in found[0].text
    assert not there.client.query("SHOW DATABASES LIKE '%_made_%'").result_rows


@pytest.mark.parametrize(
    ("away", "address"),
    [
        ("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1"),
        ("KAFKA_BOOTSTRAP_SERVERS", None),
        ("CLICKHOUSE_URL", "http://127.0.0.1:1"),
        ("CLICKHOUSE_URL", None),
    ],
)
def test_the_doctor_looks_at_one_where_the_other_is_away(
    topics: Topics, database: str, monkeypatch: pytest.MonkeyPatch, away: str, address: str | None
) -> None:
    monkeypatch.setattr(kafka_checks, "_TIMEOUT", 3.0)
    state(topics)
    done = CliRunner().invoke(doctor, ["--json"], env={away: address})
    assert done.exit_code == 2
    found = {each["check"]: each for each in orjson.loads(done.output)["findings"]}
    gone, there = ("kafka", "sums") if away.startswith("KAFKA") else ("clickhouse", "topics")
    assert found[gone]["level"] == "wrong"
    assert found[there]["level"] == "ok"
    assert ("watermark" in found) == (away == "CLICKHOUSE_URL")
