"""How far worker and sink have come, read from a real Kafka."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from producers.kafka import Topics, client_config
from queries.freshness import PipelineAway, look
from queries.pipeline import KafkaPipeline
from stream.letters import MARKS_CONFIG, marks_topic
from stream.topics import ensure
from tests.support import wait_for

pytestmark = pytest.mark.server


class Installation:
    """Topics with a worker and a sink that do what they are told."""

    def __init__(self, topics: Topics) -> None:
        self.topics = topics
        self._events = Producer(client_config())
        self._worker = Producer({**client_config(), "transactional.id": f"{topics.prefix}w"})
        self._worker.init_transactions()

    def send(self, partition: int = 0) -> None:
        """One event."""
        self._events.produce(self.topics.events, b"{}", partition=partition)
        self._events.flush(10)

    def derive(self, topic: str, *offsets: int, partition: int = 0, commit: bool = True) -> None:
        """One transaction with a row for each event."""
        self._worker.begin_transaction()
        for offset in offsets:
            row = json.dumps({"event_partition": partition, "event_offset": offset})
            self._worker.produce(topic, row, partition=partition)
        self._worker.flush(10)
        if commit:
            self._worker.commit_transaction(10)
        else:
            self._worker.abort_transaction(10)

    def mark(self, *places: str) -> None:
        """What was done about letters."""
        self._worker.begin_transaction()
        for place in places:
            self._worker.produce(marks_topic(self.topics), b'{"state":"sent"}', place)
        self._worker.flush(10)
        self._worker.commit_transaction(10)

    def commit(self, role: str, topic: str, offset: int, partition: int = 0) -> None:
        """The group has done all before `offset`."""
        group = f"{self.topics.prefix}baton-{role}.g1"
        consumer = Consumer({**client_config(), "group.id": group})
        consumer.commit(offsets=[TopicPartition(topic, partition, offset)], asynchronous=False)
        consumer.close()

    def end(self, topic: str, partition: int = 0) -> int:
        consumer = Consumer({**client_config(), "group.id": "none"})
        _, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
        consumer.close()
        return high


@pytest.fixture
def installed(topics: Topics) -> Installation:
    return Installation(topics)


@pytest.fixture
def pipeline(topics: Topics) -> KafkaPipeline:
    return KafkaPipeline.from_environment()


def test_nothing_waits_where_nothing_was_sent(
    installed: Installation, pipeline: KafkaPipeline
) -> None:
    before = datetime.now(UTC)
    # The first one ever to ask for offsets waits until the broker has made their topic.
    wait_for(lambda: look(pipeline).status != "unknown")
    seen = look(pipeline)
    assert (seen.status, seen.dead_letters) == ("complete", 0)
    assert seen.complete_to is not None
    assert seen.complete_to >= before


def test_an_event_waits_until_its_row_is_in_clickhouse(
    installed: Installation, pipeline: KafkaPipeline
) -> None:
    topics = installed.topics
    earliest = datetime.now(UTC) - timedelta(seconds=1)
    installed.send()
    time.sleep(0.01)  # the two get different times of arrival
    installed.send()
    seen = look(pipeline)
    first = seen.complete_to
    assert seen.status == "behind"
    assert first is not None
    assert earliest < first < datetime.now(UTC)

    installed.derive(topics.log, 0)
    installed.commit("worker", topics.events, 1)
    seen = look(pipeline)
    assert (seen.status, seen.complete_to) == ("behind", first)

    installed.commit("sink", topics.log, 1)
    seen = look(pipeline)
    assert seen.status == "behind"
    assert seen.complete_to is not None
    assert seen.complete_to > first

    installed.derive(topics.log, 1)
    installed.commit("worker", topics.events, 2)
    installed.commit("sink", topics.log, installed.end(topics.log) - 1)
    assert look(pipeline).status == "complete"


def test_the_marks_of_transactions_are_no_rows(
    installed: Installation, pipeline: KafkaPipeline
) -> None:
    """The sink may stand before a mark, or before rows that were taken back, with nothing to do."""
    topics = installed.topics
    installed.send()
    installed.commit("worker", topics.events, 1)
    installed.derive(topics.log, 0, commit=False)
    assert installed.end(topics.log) > 0
    assert look(pipeline).status == "complete"


def test_one_slow_partition_holds_all_back(
    installed: Installation, pipeline: KafkaPipeline
) -> None:
    installed.send(3)
    slow = look(pipeline).complete_to
    installed.send(1)
    installed.commit("worker", installed.topics.events, 1, partition=1)
    assert look(pipeline).complete_to == slow


def test_dead_letters_are_counted_without_the_marks(
    installed: Installation, pipeline: KafkaPipeline
) -> None:
    dead = installed.topics.dead
    installed.derive(dead, 0, 1, 2)
    installed.derive(dead, 3, partition=2)
    installed.derive(dead, 9, commit=False)
    wait_for(lambda: look(pipeline).dead_letters == 4)
    installed.derive(dead, 4)
    wait_for(lambda: look(pipeline).dead_letters == 5)
    assert look(KafkaPipeline.from_environment()).dead_letters == 5


def test_letters_sent_back_or_dropped_are_not_counted(
    installed: Installation, pipeline: KafkaPipeline
) -> None:
    dead = installed.topics.dead
    installed.derive(dead, 0, 1, 2)
    installed.derive(dead, 3, partition=2)
    wait_for(lambda: look(pipeline).dead_letters == 4)
    ensure(client_config(), marks_topic(installed.topics), MARKS_CONFIG)
    installed.mark("0/0", "2/0")
    wait_for(lambda: look(pipeline).dead_letters == 2)
    installed.mark("0/0", "0/1", "1/0")  # one again, and one whose letter retention took
    wait_for(lambda: look(pipeline).dead_letters == 1)
    installed.derive(dead, 4)
    wait_for(lambda: look(pipeline).dead_letters == 2)
    assert look(KafkaPipeline.from_environment()).dead_letters == 2


def test_without_topics_it_is_away(kafka: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka)
    monkeypatch.setenv("BATON_TOPIC_PREFIX", "none-of-these.")
    with pytest.raises(PipelineAway):
        KafkaPipeline.from_environment().waiting()


def test_without_kafka_it_is_away() -> None:
    assert look(KafkaPipeline.from_environment()).status == "unknown"
