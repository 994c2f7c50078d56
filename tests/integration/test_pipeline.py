"""How far worker and sink have come, as Kafka tells it."""

from __future__ import annotations

import pytest
from confluent_kafka import Producer

from producers.kafka import Topics, client_config
from queries.pipeline import KafkaPipeline
from tests.support import wait_for

pytestmark = pytest.mark.server


def test_dead_letters_are_counted_once_however_often_one_asks(topics: Topics) -> None:
    pipeline = KafkaPipeline.from_environment()
    assert pipeline.dead_letters() == 0
    producer = Producer({**client_config(), "transactional.id": f"{topics.prefix}test"})
    producer.init_transactions()
    for total in (1, 2):
        producer.begin_transaction()
        producer.produce(topics.dead, b"letter", partition=0)
        producer.commit_transaction()
        # Kafka shows a transaction a moment after its commit.
        wait_for(lambda total=total: pipeline.dead_letters() == total)
        assert pipeline.dead_letters() == total


def test_an_event_waits_until_the_worker_has_done_it(topics: Topics) -> None:
    pipeline = KafkaPipeline.from_environment()
    assert pipeline.waiting() == []
    producer = Producer(client_config())
    producer.produce(topics.events, b"{}", partition=0)
    assert producer.flush(10) == 0
    assert len(pipeline.waiting()) == 1
