"""`contact-history` is gone while what was derived is there: nothing is derived a second time."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource

from deploy.replay import state_checks
from deploy.replay.findings import Level
from producers.event import key
from producers.kafka import Topics, client_config
from stream import topics as stream_topics
from stream.history import Horizon
from tests.integration.derivation import Feed, assert_exact, is_now, read, wait_for, worker

pytestmark = pytest.mark.server


def made_anew(topics: Topics, *names: str) -> None:
    admin = AdminClient(client_config())
    for future in admin.delete_topics(list(names)).values():
        future.result(30)
    wait_for(lambda: not set(names) & set(admin.list_topics(timeout=10).topics), "deleted")
    wait_for(lambda: set(names) <= set(stream_topics.create(client_config(), topics)), "made")
    wait_for(lambda: all(stream_topics.partition_counts(client_config(), topics).values()), "known")


def emptied(topic: str) -> None:
    """As by retention: all that a topic holds goes, its offsets stay."""
    admin = AdminClient(client_config())
    ends = {each.partition(): each.offset() + 1 for each in read(topic)}
    asked = [TopicPartition(topic, number, end) for number, end in ends.items()]
    for future in admin.delete_records(asked).values():
        future.result(30)


def without_compaction(topic: str) -> None:
    """A mistake of somebody's: retention applies to the topic now."""
    entry = ConfigEntry("cleanup.policy", "delete", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[entry])
    admin = AdminClient(client_config())
    for future in admin.incremental_alter_configs([resource]).values():
        future.result(30)


def worked(topics: Topics, home: Path) -> int:
    """Derive some events; the rows there are then."""
    Feed(topics).send(400)
    with worker(home) as running:
        assert_exact(topics)
        assert running.stop() == 0
    return len(read(topics.log))


def refused(home: Path, says: str) -> None:
    with worker(home) as running:
        assert running.wait_end() not in (0, -signal.SIGKILL), running.tail()
        assert says in running.tail()
        assert "`baton replay rebuild --execute`" in running.tail()


@pytest.mark.parametrize("rows", ["there", "gone by retention"])
def test_a_history_made_anew(topics: Topics, tmp_path: Path, rows: str) -> None:
    count = worked(topics, tmp_path)
    made_anew(topics, topics.history)
    if rows != "there":
        emptied(topics.log)
        emptied(topics.dead)
        count = 0
    refused(tmp_path, f"{topics.log} holds what was derived")
    assert len(read(topics.log)) == count
    found = list(state_checks.reach(client_config(), topics, Horizon()))
    assert {each.level for each in found} == {Level.WRONG}
    assert {each.command for each in found} == {"baton replay rebuild"}


def test_dead_letters_alone_are_not_written_twice(topics: Topics, tmp_path: Path) -> None:
    Feed(topics).send_raw(b"garbage", key(1, "c"))
    with worker(tmp_path) as running:
        assert_exact(topics)
        assert running.stop() == 0
    made_anew(topics, topics.history)
    refused(tmp_path, f"{topics.dead} holds what was derived")
    assert len(read(topics.dead)) == 1


def test_a_history_emptied_beside_the_local_copy(topics: Topics, tmp_path: Path) -> None:
    worked(topics, tmp_path)
    without_compaction(topics.history)
    emptied(topics.history)
    feed = Feed(topics, seed=2)
    feed.send(100)
    with worker(tmp_path) as running:
        assert_exact(topics)
        assert running.stop() == 0
    shutil.rmtree(tmp_path / "worker")
    refused(tmp_path, f"of {topics.history} begins at offset")
    log, _ = is_now(topics)
    assert log


def test_a_local_copy_of_topics_that_were_made_anew(topics: Topics, tmp_path: Path) -> None:
    """On purpose, to begin with nothing; another worker has gone further since than the copy."""
    worked(topics, tmp_path)
    made_anew(topics, *stream_topics.declared(topics))
    feed = Feed(topics, seed=2)
    feed.send(2000)
    with worker(tmp_path, "w2") as running:
        assert_exact(topics)
        assert running.stop() == 0
    feed.send(200)
    with worker(tmp_path):
        assert_exact(topics)


def test_a_worker_that_died_in_its_first_transaction_left_nothing(
    topics: Topics, tmp_path: Path
) -> None:
    Feed(topics).send(400)
    with worker(tmp_path, BATON_FAULT="before commit:1") as running:
        assert running.wait_end() == -signal.SIGKILL
    assert read(topics.log, "read_uncommitted")
    with worker(tmp_path):
        assert_exact(topics)
