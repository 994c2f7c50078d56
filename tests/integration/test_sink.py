"""`baton sink` on real Kafka and ClickHouse, with nothing or one thing going wrong."""

from __future__ import annotations

import signal
from collections.abc import Callable
from functools import partial

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient

from producers.kafka import Topics, client_config
from sink import group as sink_group
from sink.clickhouse import connect
from sink.group import Group, group_id
from sink.ranges import Source
from sink.writer import Unavailable
from stream import topics as stream_topics
from tests import sinks
from tests.assignment_rows import rows
from tests.support import wait_for

pytestmark = pytest.mark.server


def test_everything_is_written_once(topics: Topics, database: str) -> None:
    first = sinks.produce(topics, rows(1_500))
    sinks.catch_up()
    sinks.assert_exact(first)
    more = sinks.produce(topics, rows(700, seed=1))
    sinks.catch_up()
    sinks.catch_up()
    sinks.assert_exact(first + more)


def test_batches_of_identical_content_all_count(topics: Topics, database: str) -> None:
    batch = rows(50)
    for partition in (0, 0, 1):
        sinks.produce(topics, batch, partition)
        sinks.catch_up()
    sinks.assert_exact(batch * 3)


def test_a_live_sink_follows_and_ends_cleanly(topics: Topics, database: str) -> None:
    process = sinks.start()
    try:
        messages: list[bytes] = []
        for seed in range(4):
            messages += sinks.produce(topics, rows(100, seed))
            wait_for(partial(sinks.counted, len(messages)))
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=15)
    finally:
        process.kill()
    assert process.returncode == 0, output
    assert f"stopped, {len(messages)} rows written" in output
    sinks.assert_exact(messages)


def test_a_kill_between_insert_and_commit(topics: Topics, database: str) -> None:
    """The one crash that matters most; all others are in `test_sink_faults.py`."""
    messages = sinks.produce(topics, rows(600))
    code, _ = sinks.run("--until-caught-up", fault="sink.after-insert:2")
    assert code == -signal.SIGKILL
    assert "was begun, repeating it" in sinks.catch_up()
    sinks.assert_exact(messages)


def stops(state: str) -> str:
    """The sink stops and names `state`; its output."""
    before = sinks.held()
    code, output = sinks.run()
    assert (code, state in output) == (1, True), output
    assert sinks.held() == before
    return output


def test_offsets_gone_by_retention(topics: Topics, database: str) -> None:
    written = sinks.produce(topics, rows(40), partition=2)
    sinks.catch_up()
    sinks.produce(topics, rows(40, seed=1), partition=2)
    lost = sinks.produce(topics, rows(10, seed=2), partition=3)
    _retain_from(topics, 2, 60)
    output = stops("LOST")
    command = "--partition 2 --from-offset 60"
    assert f"baton sink resolve {command}" in output
    code, plan = sinks.run("resolve", *command.split())
    assert code == 0
    assert "will not be written" in plan
    stops("LOST")
    assert sinks.run("resolve", *command.split(), "--execute")[0] == 0
    sinks.catch_up()
    assert sinks.held()["source_counts"] == len(written) + len(lost) + _after(60, 40)


def test_offsets_gone_by_retention_under_a_running_sink(topics: Topics, database: str) -> None:
    sinks.produce(topics, rows(40), partition=2)
    process = sinks.start()
    try:
        wait_for(partial(sinks.counted, 40))
        process.send_signal(signal.SIGSTOP)
        sinks.produce(topics, rows(1), partition=2)  # answers the fetch that is under way
        sinks.produce(topics, rows(100, seed=1), partition=2)
        _retain_from(topics, 2, 100)
        process.send_signal(signal.SIGCONT)
        output, _ = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, "LOST" in output) == (1, True), output


def _retain_from(topics: Topics, partition: int, offset: int) -> None:
    admin = AdminClient(client_config())
    for future in admin.delete_records([TopicPartition(topics.log, partition, offset)]).values():
        future.result(30)


def _after(offset: int, first: int) -> int:
    """How many of the second 40 messages lie at `offset` or after: behind the first 40 lie their
    marker and, before either, an aborted message with its marker."""
    start = 2 + first + 1 + 2
    return start + 40 - offset


@pytest.mark.parametrize(
    "ask",
    [
        Group.topic_id,
        Group.partitions,
        Group.ends,
        lambda group: group.committed([0]),
        lambda group: group.log(Source(group.topic, "id", 0)),
    ],
    ids=["topic id", "partitions", "ends", "committed", "log"],
)
def test_a_kafka_that_does_not_answer_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, ask: Callable[[Group], object]
) -> None:
    monkeypatch.setattr(sink_group, "REQUEST", 0.2)
    group = Group({"bootstrap.servers": "127.0.0.1:1"}, Topics())
    try:
        with pytest.raises(Unavailable, match="Kafka: "):
            ask(group)
    finally:
        group.close()


def test_topic_made_anew(topics: Topics, database: str) -> None:
    before = sinks.produce(topics, rows(40))
    sinks.catch_up()
    admin = AdminClient(client_config())
    admin.delete_topics([topics.log])[topics.log].result()
    wait_for(lambda: topics.log not in admin.list_topics(timeout=10).topics)
    wait_for(lambda: topics.log in stream_topics.create(client_config(), topics))
    after = sinks.produce(topics, rows(40, seed=1))
    stops("RECREATED")
    code, plan = sinks.run("resolve", "--from-offset", "0", "--execute")
    assert (code, plan.count("go on at offset 0")) == (0, 4), plan
    sinks.catch_up()
    sinks.assert_exact(before + after)


def test_offsets_set_by_another_tool(topics: Topics, database: str) -> None:
    sinks.produce(topics, rows(40))
    sinks.catch_up()
    moved = [TopicPartition(topics.log, 1, 0)]
    request = [ConsumerGroupTopicPartitions(group_id(topics), moved)]
    admin = AdminClient(client_config())
    for future in admin.alter_consumer_group_offsets(request).values():
        future.result(timeout=30)
    stops("FOREIGN")


def test_forgotten_offsets(topics: Topics, database: str) -> None:
    sinks.produce(topics, rows(40))
    sinks.catch_up()
    admin = AdminClient(client_config())
    for future in admin.delete_consumer_groups([group_id(topics)]).values():
        future.result()
    stops("FORGOTTEN")


def test_another_database(topics: Topics, database: str) -> None:
    messages = sinks.produce(topics, rows(40))
    sinks.catch_up()
    with connect() as client:
        for table in [*sinks.held(), "sink_partitions"]:
            client.command(f"TRUNCATE TABLE {table}")
    assert "--from-offset 0" in stops("OTHER_DATABASE")
    assert sinks.run("resolve", "--from-offset", "0", "--execute")[0] == 0
    sinks.catch_up()
    sinks.assert_exact(messages)


def test_a_table_that_would_count_repeats_twice(topics: Topics, database: str) -> None:
    sinks.produce(topics, rows(40))
    with connect() as client:
        alter = "ALTER TABLE source_counts MODIFY SETTING"
        client.command(f"{alter} non_replicated_deduplication_window = 100")
        output = stops("UNSAFE")
        assert "source_counts has non_replicated_deduplication_window = 100" in output
        client.command(f"{alter} non_replicated_deduplication_window = 10000")
    sinks.catch_up()


_VIEWS = """
SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'MaterializedView'
"""


def test_a_database_without_tables(
    topics: Topics, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect() as client:
        for (view,) in client.query(_VIEWS).result_rows:
            client.command(f"DROP VIEW {view}")
    assert "baton migrate" in stops("UNSAFE")
