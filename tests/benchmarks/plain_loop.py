"""A plain consumer loop with the same job and no guarantees: what Python can do at most.

Nothing is checked against the contract, the holders are in a dictionary and gone with the
process, events out of order or twice give wrong rows, and a crash repeats or loses some.
"""

from __future__ import annotations

import os
from typing import Any

import orjson
from confluent_kafka import Consumer, Producer

_BATCH = 5_000


def run(broker: str, prefix: str) -> None:
    """Derive until the process is ended."""
    consumer = Consumer(
        {
            "bootstrap.servers": broker,
            "group.id": f"{prefix}plain",
            "auto.offset.reset": "earliest",
            "partition.assignment.strategy": "range",
        }
    )
    consumer.subscribe([f"{prefix}events"])
    producer = Producer(
        {
            "bootstrap.servers": broker,
            "linger.ms": 50,
            "batch.size": 1_000_000,
            "compression.type": "lz4",
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    holders: dict[bytes, dict[str, Any]] = {}
    output = f"{prefix}rows"
    while True:
        for message in consumer.consume(_BATCH, 0.1):
            event = orjson.loads(message.value())
            key, after = message.key(), event["assigned_to"]
            before = holders.get(key)
            if (before and before["id"]) == (after and after["id"]):
                continue
            holders[key] = after
            producer.produce(output, orjson.dumps(_row(event, before)), key, message.partition())
        producer.poll(0)


def _row(event: dict[str, Any], before: dict[str, Any] | None) -> dict[str, Any]:
    event["previous_assignee"] = before
    event["previous_assignee_id"] = str(before["id"]) if before else None
    return event


if __name__ == "__main__":
    run(os.environ["BENCH_BROKER"], os.environ["BENCH_PREFIX"])
