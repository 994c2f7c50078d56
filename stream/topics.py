"""The topics Baton needs, and making them."""

from __future__ import annotations

from collections.abc import Mapping

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import NewTopic

from producers.kafka import Topics
from stream import clients

# A message of the largest size the events' topic takes must still fit with our headers around it.
LARGEST_EVENT = 1_048_588
LARGEST_DEAD = LARGEST_EVENT + 65_536
TOMBSTONES_KEPT_MS = 7 * 24 * 3600 * 1000

CONFIG: dict[str, dict[str, str]] = {
    "events": {
        "message.timestamp.type": "LogAppendTime",
        "retention.ms": "-1",
        "max.message.bytes": str(LARGEST_EVENT),
    },
    "dead": {"retention.ms": "-1", "max.message.bytes": str(LARGEST_DEAD)},
    "log": {"retention.ms": "-1"},
    "history": {
        "cleanup.policy": "compact",
        # A local copy older than this may have missed a deletion and is not trusted.
        "delete.retention.ms": str(TOMBSTONES_KEPT_MS),
        "max.message.bytes": str(LARGEST_DEAD),
    },
}


def declared(topics: Topics) -> dict[str, dict[str, str]]:
    """Topic name to its configuration, in the order of the data's way."""
    return {getattr(topics, room): config for room, config in CONFIG.items()}


def create(config: Mapping[str, str], topics: Topics, partitions: int = 4) -> list[str]:
    """Create the topics that are missing, with the broker's replication factor.

    Returns the names of those created. All of them get the events' partition count if that topic
    is there already, since a partition's rows and history travel with its events. Raises
    KafkaException when the brokers refuse.
    """
    admin = clients.admin(config, socket_timeout_ms=10_000)
    known = admin.list_topics(timeout=15).topics
    if topics.events in known:
        partitions = len(known[topics.events].partitions)
    wanted = [
        NewTopic(name, partitions, config=settings)
        for name, settings in declared(topics).items()
        if name not in known
    ]
    created = []
    for name, future in admin.create_topics(wanted).items() if wanted else ():
        try:
            future.result()
            created.append(name)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
    return created


def ensure(config: Mapping[str, str], name: str, settings: Mapping[str, str]) -> None:
    """Create a topic of one partition if it is missing; raises KafkaException."""
    admin = clients.admin(config, socket_timeout_ms=10_000)
    if name in admin.list_topics(timeout=15).topics:
        return
    try:
        admin.create_topics([NewTopic(name, 1, config=dict(settings))])[name].result(15)
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise


def partition_counts(config: Mapping[str, str], topics: Topics) -> dict[str, int]:
    """Partition count per topic of Baton; 0 for one that does not exist."""
    known = clients.admin(config).list_topics(timeout=15).topics
    return {name: len(known[name].partitions) if name in known else 0 for name in declared(topics)}


def identity(config: Mapping[str, str], topic: str) -> str:
    """Kafka's id of a topic, which another one of the same name would not share."""
    admin = clients.admin(config)  # to be kept until it has answered
    described = admin.describe_topics(TopicCollection([topic]), request_timeout=15)
    return str(described[topic].result(timeout=15).topic_id)
