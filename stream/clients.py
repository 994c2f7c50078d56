"""Every client of Kafka that only asks or reads is made here; none of them joins a group."""

from __future__ import annotations

from collections.abc import Mapping

from confluent_kafka import Consumer
from confluent_kafka.admin import AdminClient

Kafka = Mapping[str, object]

_READING = {
    "group.id": "baton-scan",  # required by librdkafka; never joined
    "enable.auto.commit": False,
    "enable.partition.eof": True,
    "auto.offset.reset": "earliest",
    "queued.max.messages.kbytes": 65_536,
    # The end is told by a fetch that finds nothing, which waits so long for more.
    "fetch.wait.max.ms": 20,
}

FEW = {
    "queued.min.messages": 1,
    "queued.max.messages.kbytes": 1024,
    "fetch.message.max.bytes": 65_536,
}
"""For one message of each partition: what lies behind it is not fetched."""


def reader(kafka: Kafka, isolation: str = "read_committed", **settings: object) -> Consumer:
    """Reads partitions that it is assigned, and tells their ends."""
    given = {name.replace("_", "."): value for name, value in settings.items()}
    return Consumer({**kafka, **_READING, "isolation.level": isolation, **given})


def few(kafka: Kafka, isolation: str = "read_committed") -> Consumer:
    """A reader for one message of each partition."""
    return Consumer({**kafka, **_READING, **FEW, "isolation.level": isolation})


def register(kafka: Kafka, group: str) -> Consumer:
    """Reads and writes what a group has committed, without being a member.

    AdminClient's way to ask ends the process when a coordinator has just moved (librdkafka #5040).
    """
    return Consumer({**kafka, "group.id": group, "enable.auto.commit": False})


def admin(kafka: Kafka, **settings: object) -> AdminClient:
    """Asks brokers; to be kept until it has answered."""
    given = {name.replace("_", "."): value for name, value in settings.items()}
    return AdminClient({**kafka, **given})
