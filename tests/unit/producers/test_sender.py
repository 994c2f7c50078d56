"""Every message is confirmed, refused, or said to be unconfirmed."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaError

from producers import sender as module
from producers.memory import MemoryProducer
from producers.rows import Ready, Refused
from producers.sender import KafkaUnavailable, Sender

MESSAGES = [Ready(line, b"k%d" % line, b"v%d" % line) for line in range(1, 8)]


def send_all(sender: Sender, messages: list[Ready]) -> None:
    for message in messages:
        while not sender.send(message):
            pass


def test_a_full_queue_is_served_until_there_is_room() -> None:
    producer = MemoryProducer(room=2)
    sender = Sender(producer, "events", lambda _: None)
    send_all(sender, MESSAGES)
    assert sender.unconfirmed > 0
    assert sender.flush(1)
    assert producer.delivered == [(m.key, m.value) for m in MESSAGES]
    assert (sender.delivered, sender.unconfirmed) == (7, 0)


def test_a_message_kafka_cannot_take_is_refused_with_its_line() -> None:
    refused: list[Refused] = []
    producer = MemoryProducer(faults={b"v3": KafkaError.MSG_SIZE_TOO_LARGE})
    sender = Sender(producer, "events", refused.append)
    send_all(sender, MESSAGES)
    assert sender.flush(1)
    assert sender.delivered == 6
    assert [(row.line, row.row) for row in refused] == [(3, "v3")]


def test_a_kafka_that_failed_ends_the_sending_and_counts_what_is_unconfirmed() -> None:
    producer = MemoryProducer(room=4, faults={b"v3": KafkaError._MSG_TIMED_OUT})
    sender = Sender(producer, "events", lambda _: None)
    with pytest.raises(KafkaUnavailable, match="stopped taking messages"):
        send_all(sender, MESSAGES)
    assert (sender.delivered, sender.unconfirmed) == (3, 1)


def test_what_exactness_needs_cannot_be_configured_away(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("ACKS", "1"), ("ENABLE_IDEMPOTENCE", "false"), ("PARTITIONER", "random")):
        monkeypatch.setenv(f"KAFKA_{name}", value)
    monkeypatch.setenv("KAFKA_COMPRESSION_TYPE", "zstd")
    config = module.producer_config()
    assert (config["acks"], config["enable.idempotence"]) == ("all", "true")
    assert (config["partitioner"], config["compression.type"]) == ("murmur2_random", "zstd")
