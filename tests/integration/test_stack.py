"""The servers of the local stack do what the rest of Baton builds on."""

from __future__ import annotations

from uuid import uuid4

import pytest
from confluent_kafka import Consumer, Producer

from producers.kafka import Topics, client_config
from tests.support import wait_for

pytestmark = pytest.mark.server


def test_kafka_keeps_what_a_transaction_wrote(topics: Topics) -> None:
    producer = Producer({**client_config(), "transactional.id": f"{topics.prefix}test"})
    producer.init_transactions()
    producer.begin_transaction()
    producer.produce(topics.log, b"dropped")
    producer.abort_transaction()
    producer.begin_transaction()
    producer.produce(topics.log, b"kept")
    producer.commit_transaction()
    consumer = Consumer(
        {
            **client_config(),
            "group.id": f"{topics.prefix}{uuid4()}",
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
        }
    )
    consumer.subscribe([topics.log])
    message = wait_for(lambda: consumer.poll(0.5))
    consumer.close()
    assert message.value() == b"kept"
