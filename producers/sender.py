"""Messages into Kafka: idempotent, each delivery confirmed, never more in flight than fits."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from confluent_kafka import KafkaError, KafkaException, Producer

from producers.kafka import client_config, explained
from producers.rows import Ready, Refused

REACH_SECONDS = 10
_FULL_QUEUE_POLL_SECONDS = 0.1

# What one message can do wrong; any other failed delivery is Kafka's and ends the sending.
_MESSAGE_FAULTS = {
    KafkaError.MSG_SIZE_TOO_LARGE,
    KafkaError.RECORD_LIST_TOO_LARGE,
    KafkaError.INVALID_RECORD,
}
_DEFAULTS = {
    "compression.type": "lz4",
    "linger.ms": "20",
    # Longer than a broker's restart, shorter than anybody's patience.
    "message.timeout.ms": "120000",
}
# Not to be changed from outside: without them messages are lost, doubled, or in other partitions
# than those of every other client.
_FIXED = {"acks": "all", "enable.idempotence": "true", "partitioner": "murmur2_random"}


class KafkaUnavailable(Exception):
    """Kafka cannot be reached, has not the topic, or stopped taking messages; says which."""


class Deliverer(Protocol):
    """What is used of confluent_kafka.Producer."""

    def produce(
        self, topic: str, value: bytes, key: bytes, on_delivery: Callable[[Any, Any], None]
    ) -> None: ...
    def poll(self, timeout: float) -> int: ...
    def flush(self, timeout: float) -> int: ...


def producer_config() -> dict[str, str]:
    """librdkafka's properties for a producer: the environment's, with what exactness needs."""
    return {**_DEFAULTS, **client_config(), **_FIXED}


def connect(topic: str) -> Producer:
    """A producer for a topic that is known to be there; raises KafkaUnavailable."""
    config = producer_config()
    address = config["bootstrap.servers"]
    errors: list[str] = []
    producer = Producer(
        {**config, "error_cb": lambda error: errors.append(error.str())}, logger=_silent()
    )
    try:
        known = producer.list_topics(timeout=REACH_SECONDS).topics
    except KafkaException as error:
        producer.poll(0)
        reason = errors[-1] if errors else explained(error)
        raise KafkaUnavailable(
            f"no Kafka at {address} ({reason}): start one with `baton up`, "
            "or set KAFKA_BOOTSTRAP_SERVERS"
        ) from None
    if topic not in known:
        raise KafkaUnavailable(
            f"Kafka at {address} has no topic {topic}: `baton up` creates it, "
            "and BATON_TOPIC_PREFIX names another one"
        )
    return producer


def _silent() -> logging.Logger:
    """librdkafka's own lines would run through the progress bar; errors are told by `connect`."""
    logger = logging.getLogger("producers.librdkafka")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return logger


class Sender:
    """Sends messages to one topic and counts what Kafka confirmed."""

    def __init__(
        self, producer: Deliverer, topic: str, on_refused: Callable[[Refused], None]
    ) -> None:
        self._producer = producer
        self._topic = topic
        self._on_refused = on_refused
        self.delivered = 0
        self.unconfirmed = 0
        self.failure: str | None = None

    def send(self, message: Ready) -> bool:
        """Hand over one message; False when there is no room: serve deliveries, and try again.
        Raises KafkaUnavailable once Kafka has failed."""
        self.check()
        try:
            self._producer.produce(
                self._topic,
                value=message.value,
                key=message.key,
                on_delivery=partial(self._confirm, message),
            )
        except BufferError:
            self._producer.poll(_FULL_QUEUE_POLL_SECONDS)
            return False
        except KafkaException as error:
            self._fail(message, error.args[0])
            return True
        self.unconfirmed += 1
        self._producer.poll(0)
        return True

    def check(self) -> None:
        """Raises KafkaUnavailable once Kafka has failed."""
        if self.failure:
            raise KafkaUnavailable(self.failure)

    def serve(self, seconds: float) -> None:
        """Take confirmations for so long."""
        self._producer.poll(seconds)

    def flush(self, seconds: float) -> bool:
        """Wait for confirmations, at most so long; whether none is awaited any more."""
        return self._producer.flush(seconds) == 0

    def _confirm(self, message: Ready, error: Any, _: Any) -> None:
        self.unconfirmed -= 1
        if error is None:
            self.delivered += 1
        else:
            self._fail(message, error)

    def _fail(self, message: Ready, error: Any) -> None:
        if error.code() in _MESSAGE_FAULTS:
            row = message.value.decode(errors="replace")
            self._on_refused(Refused(message.line, [f"(message): {error.str()}"], row))
        else:
            self.unconfirmed += 1
            self.failure = f"Kafka stopped taking messages: {error.str()}"
