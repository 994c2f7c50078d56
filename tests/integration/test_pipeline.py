"""How far worker and sink have come, as Kafka tells it."""

from __future__ import annotations

import pytest
from confluent_kafka import Producer

from producers.kafka import Topics, client_config
from queries.pipeline import KafkaPipeline
from stream.letters import MARKS_CONFIG, marks_topic
from stream.topics import ensure
from tests.support import wait_for

pytestmark = pytest.mark.server


def test_dead_letters_are_counted_once_however_often_one_asks(topics: Topics) -> None:
    pipeline = KafkaPipeline.from_environment()
    assert pipeline.dead_letters() == {}
    producer = Producer({**client_config(), "transactional.id": f"{topics.prefix}test"})
    producer.init_transactions()
    for total in (1, 2):
        producer.begin_transaction()
        producer.produce(topics.dead, b"letter", partition=0)
        producer.commit_transaction()
        # Kafka shows a transaction a moment after its commit.
        wait_for(lambda total=total: pipeline.dead_letters() == {"": total})
        assert pipeline.dead_letters() == {"": total}


def test_dead_letters_are_told_apart_by_workspace_until_they_are_done(topics: Topics) -> None:
    """A mark counts whether it is there before its letter was read or comes after."""
    letters = [
        (b'["1","9"]', b'{"workspace_id": 1}'),
        (b'["1","9"]', b'{"workspace_id": "2"}'),
        (b'["2","9"]', b"no json"),
        (b'["3","9"]', b'{"workspace_id": {"1": 2}}'),
        (b"\xff", b'{"workspace_id": [1]}'),
        (None, None),
    ]
    producer = Producer(client_config())
    for key, value in letters:
        producer.produce(topics.dead, value, key, partition=0, headers={"baton.reason": b"\xff"})
    assert producer.flush(10) == 0
    early, late = KafkaPipeline.from_environment(), KafkaPipeline.from_environment()
    assert early.dead_letters() == {"1": 1, "2": 2, "3": 1, "": 2}
    ensure(client_config(), marks_topic(topics), MARKS_CONFIG)
    for place in ("0/1", "0/1", "0/5", "0/900", "7/0"):
        producer.produce(marks_topic(topics), b'{"state": "sent"}', place)
    assert producer.flush(10) == 0
    for pipeline in (early, late):
        wait_for(lambda pipeline=pipeline: sum(pipeline.dead_letters().values()) == 4)
        assert pipeline.dead_letters() == {"1": 1, "2": 1, "3": 1, "": 1}


def test_an_event_waits_until_the_worker_has_done_it(topics: Topics) -> None:
    pipeline = KafkaPipeline.from_environment()
    assert pipeline.waiting() == []
    producer = Producer(client_config())
    producer.produce(topics.events, b"{}", partition=0)
    assert producer.flush(10) == 0
    assert len(pipeline.waiting()) == 1
