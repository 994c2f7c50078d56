"""What goes wrong between a producer and Kafka, on purpose: late, repeated, malformed messages.

The log stays what it would have been: late ones take their place, repeats change nothing, and what
is malformed is said beside the events, never instead of one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from random import Random

import orjson

from producers.event import key
from producers.rows import Ready

_LATEST_BY = 500
"""Messages that may overtake a late one."""


@dataclass(frozen=True)
class Shares:
    """The share of messages, from 0 to 1, that come late, come again, or have a broken copy."""

    late: float = 0.0
    repeat: float = 0.0
    malformed: float = 0.0


def _without_a_field(rng: Random, value: bytes) -> bytes:
    event = orjson.loads(value)
    del event[rng.choice(["event_id", "event_type", "contact_id", "occurred_at"])]
    return orjson.dumps(event)


def _with_another_source(rng: Random, value: bytes) -> bytes:
    return orjson.dumps(
        {**orjson.loads(value), "event_type": "contact.assignee.updated", "source": "fax"}
    )


_WAYS: list[Callable[[Random, bytes], bytes]] = [
    lambda rng, value: value[: rng.randrange(len(value))],
    lambda rng, value: b"\xff\xfe" + value,
    _without_a_field,
    _with_another_source,
]


def disturbed(messages: Iterable[Ready], rng: Random, shares: Shares) -> Iterator[Ready]:
    """The messages with the given shares of disturbance among them."""
    held: list[tuple[int, Ready]] = []
    recent: deque[Ready] = deque(maxlen=_LATEST_BY)
    for number, message in enumerate(messages):
        if rng.random() < shares.late:
            held.append((number + rng.randrange(1, _LATEST_BY), message))
        else:
            yield message
            recent.append(message)
        if recent and rng.random() < shares.repeat:
            yield rng.choice(recent)
        if rng.random() < shares.malformed:
            yield _broken(rng, message)
        yield from (late for due, late in held if due <= number)
        held = [(due, late) for due, late in held if due > number]
    yield from (late for _, late in held)


def _broken(rng: Random, message: Ready) -> Ready:
    way = rng.choice([*_WAYS, None])
    if way is None:
        return replace(message, key=key("somebody", "else"))
    return replace(message, value=way(rng, message.value))
