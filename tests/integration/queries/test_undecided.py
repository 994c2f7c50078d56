"""What is not decided holds "complete to" back, wherever it lies, and is named."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from confluent_kafka import Producer

from producers.kafka import Topics, client_config
from queries.freshness import Freshness, look
from queries.pipeline import KafkaPipeline
from stream.dead_letters import HEADER_PREFIX
from tests.integration.queries.test_pipeline import Installation
from tests.support import wait_for

pytestmark = pytest.mark.server


class Foreign:
    """An exactly-once producer with a transaction that lasts."""

    def __init__(self, topics: Topics, topic: str, value: bytes = b"{}", **more: object) -> None:
        self.name = f"{topics.prefix}flink-3"
        self._producer = Producer({**client_config(), "transactional.id": self.name})
        self._producer.init_transactions(30)
        self._producer.begin_transaction()
        self._producer.produce(topic, value, partition=0, **more)
        assert self._producer.flush(30) == 0

    def abort(self) -> None:
        self._producer.abort_transaction(30)


@pytest.fixture
def installed(topics: Topics) -> Installation:
    return Installation(topics)


def derived(installed: Installation) -> datetime:
    """An event that is in ClickHouse by all that anybody sees; the time at which it is there."""
    topics = installed.topics
    installed.send()
    installed.derive(topics.log, 0)
    installed.commit("worker", topics.events, 1)
    installed.commit("sink", topics.log, installed.end(topics.log))
    pipeline = KafkaPipeline.from_environment()
    seen = wait_for(lambda: (found := look(pipeline)).status == "complete" and found)
    assert seen.complete_to is not None
    return seen.complete_to


def named(pipeline: KafkaPipeline, topic: str, name: str) -> Freshness:
    def says() -> Freshness | None:
        seen = look(pipeline)
        assert seen.status == "behind"
        return seen if seen.waits_for else None

    seen = wait_for(says, deadline=10)
    held = seen.waits_for
    assert held is not None
    assert (held.by, held.topic, held.partition) == ("transaction", topic, 0)
    assert held.transactional_id == name
    return seen


def test_events_of_an_open_transaction_are_waited_for(installed: Installation) -> None:
    before, pipeline = derived(installed), KafkaPipeline.from_environment()
    foreign = Foreign(installed.topics, installed.topics.events)
    seen = look(pipeline)
    first = seen.complete_to
    assert (seen.status, seen.waits_for) == ("behind", None), "it may be over in a moment"
    assert first is not None
    assert before - timedelta(seconds=1) < first < datetime.now(UTC)
    installed.send()
    named(pipeline, installed.topics.events, foreign.name)
    assert look(pipeline).complete_to == first
    foreign.abort()
    installed.commit("worker", installed.topics.events, 3)
    wait_for(lambda: look(pipeline).status == "complete")


def test_rows_behind_an_open_transaction_are_waited_for(installed: Installation) -> None:
    topics = installed.topics
    derived(installed)
    installed.send()
    sent = datetime.now(UTC)
    time.sleep(0.05)  # what follows is later than the event by more than clocks' grains
    foreign = Foreign(topics, topics.log, b'{"version":1}')
    installed.derive(topics.log, 1)
    installed.commit("worker", topics.events, 2)
    pipeline = KafkaPipeline.from_environment()
    seen = named(pipeline, topics.log, foreign.name)
    assert seen.complete_to is not None
    assert seen.complete_to <= sent, "as long as the event that its row came from"
    foreign.abort()
    assert look(pipeline).status == "behind"
    installed.commit("sink", topics.log, installed.end(topics.log))
    wait_for(lambda: look(pipeline).status == "complete")


def test_dead_letters_of_an_open_transaction_are_waited_for(installed: Installation) -> None:
    topics = installed.topics
    derived(installed)
    installed.send()
    sent = datetime.now(UTC)
    time.sleep(0.05)
    place = [
        (f"{HEADER_PREFIX}{name}", b"%d" % at) for name, at in (("partition", 0), ("offset", 1))
    ]
    foreign = Foreign(topics, topics.dead, headers=place)
    installed.commit("worker", topics.events, 2)
    pipeline = KafkaPipeline.from_environment()
    seen = named(pipeline, topics.dead, foreign.name)
    assert seen.complete_to is not None
    assert seen.complete_to <= sent
    assert seen.dead_letters == 0
    foreign.abort()
    wait_for(lambda: look(pipeline).status == "complete")
