"""One at a time: whoever holds the only partition of the audit topic in a group of that name."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from confluent_kafka import Consumer

from producers.kafka import Topics
from stream import audit

_PATIENCE = 20.0  # a killed holder's session ends after 10 s, a broker may delay a group by 3 s
_SETTINGS = {
    "enable.auto.commit": False,
    "auto.offset.reset": "latest",
    "session.timeout.ms": 10_000,
    "max.poll.interval.ms": 86_400_000,
}


class Locked(Exception):
    """Somebody else is at it; the text says where to look."""


@contextmanager
def held(kafka: Mapping[str, str], topics: Topics, name: str) -> Iterator[None]:
    """Be the only one to do `name`; raises Locked if somebody does it already.

    It keeps two operators from disturbing each other. What must not be wrong even if a holder is
    frozen for long rests on tokens, intents and names that are never used twice.
    """
    consumer = Consumer({**kafka, **_SETTINGS, "group.id": f"{topics.prefix}baton-lock.{name}"})
    try:
        consumer.subscribe([audit.topic(topics)])
        deadline = time.monotonic() + _PATIENCE
        while not consumer.assignment():
            if time.monotonic() > deadline:
                raise Locked("another one is at it right now: `baton audit` says who")
            consumer.poll(0.1)
        consumer.pause(consumer.assignment())
        yield
    finally:
        consumer.close()
