"""What an operator may tell the workers of a partition: a plan first, then the deed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from confluent_kafka import TopicPartition

from stream import clients, control
from stream.settings import Settings


@dataclass(frozen=True)
class Plan:
    """What would be done, in words, and the doing of it."""

    text: str
    execute: Callable[[], object]


def resume_plan(settings: Settings, partition: int, flood: bool, loss: bool) -> Plan:
    """Take back a pause; accept a flood up to the end of the topic, or events lost to retention."""
    low, high = _bounds(settings, partition)
    topic = settings.topics.events
    changes: dict[str, object] = {"paused": False}
    said = [f"Partition {partition} of {topic} goes on."]
    if flood:
        changes["flood_until"] = high - 1
        said.append(f"Dead letters up to offset {high - 1} count as no flood.")
    if loss:
        changes["start_at"] = low
        said.append(f"Events before offset {low} are gone and stay out of the report.")
    return Plan(
        "\n".join(said),
        lambda: control.tell(settings.kafka, settings.topics, partition, **changes),
    )


def pause_plan(settings: Settings, partition: int) -> Plan:
    """Let the partition stand still from its next batch on."""
    _bounds(settings, partition)
    return Plan(
        f"Partition {partition} of {settings.topics.events} stands still until `baton resume"
        f" --partition {partition} --execute`.",
        lambda: control.tell(settings.kafka, settings.topics, partition, paused=True),
    )


def _bounds(settings: Settings, partition: int) -> tuple[int, int]:
    consumer = clients.register(settings.kafka, control.group(settings.topics))
    try:
        at = TopicPartition(settings.topics.events, partition)
        low, high = consumer.get_watermark_offsets(at, timeout=15)
        return low, high
    finally:
        consumer.close()
