"""The dead letters as they lie in their topic, and what was done about each.

What was done (sent back, or dropped) is kept as a mark in a compacted topic of its own, under the
letter's place. A letter that is sent back travels in one transaction with its mark.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import orjson
from confluent_kafka import Message

from producers.kafka import Topics
from stream import scan
from stream.dead_letters import HEADER_PREFIX, Fault, Headers, Reason
from stream.decode import Decoder
from stream.rows import Moment

MARKS_CONFIG = {"cleanup.policy": "compact"}
RETURNED = HEADER_PREFIX + "dead-letter"
"""Header of an event that was sent back: the place of its letter, such as `0/17`."""

# What the contact's history says no to, whatever the contract says: sent again it comes back.
_BY_HISTORY = {Reason.CONFLICTING_REPEAT, Reason.OLDER_THAN_HORIZON}


_ORIGIN = ("topic", "partition", "offset")


class Place(NamedTuple):
    """Where a letter lies in the topic of dead letters."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}/{self.offset}"

    @classmethod
    def parse(cls, text: str) -> Place:
        """From `partition/offset`; raises ValueError."""
        partition, _, offset = text.partition("/")
        return cls(int(partition), int(offset))


@dataclass(frozen=True)
class Letter:
    """A dead letter: the event as it came, why it was refused, and where it came from.

    `buried_at` is in ms since 1970; `origin` is topic/partition/offset; `state` is empty, `sent` or
    `dropped`.
    """

    place: Place
    buried_at: int
    reason: str
    detail: str
    origin: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    state: str = ""

    @property
    def workspace(self) -> str:
        """See `workspace_of`."""
        return workspace_of(self.key, self.value)


def workspace_of(key: bytes | None, value: bytes | None) -> str:
    """That of an event, or where it cannot be told that of its key; empty where neither says."""
    for text, find in ((value, _field), (key, _first)):
        try:
            found = find(orjson.loads(text or b""))
        except (ValueError, LookupError, TypeError):
            continue
        if isinstance(found, str | int):
            return str(found)
    return ""


def _field(event: dict[str, object]) -> object:
    return event["workspace_id"]


def _first(key: list[object]) -> object:
    return key[0]


@dataclass(frozen=True)
class Choice:
    """Which letters; what is empty chooses all. Times in ms since 1970, `until` not included."""

    places: frozenset[Place] = frozenset()
    reasons: frozenset[str] = frozenset()
    workspaces: frozenset[str] = frozenset()
    since: int = 0
    until: int = 2**63

    def takes(self, letter: Letter) -> bool:
        """Whether this letter is chosen."""
        return (
            (not self.places or letter.place in self.places)
            and (not self.reasons or letter.reason in self.reasons)
            and (not self.workspaces or letter.workspace in self.workspaces)
            and self.since <= letter.buried_at < self.until
        )


def marks_topic(topics: Topics) -> str:
    """Where it is kept what was done about each letter."""
    return f"{topics.dead}.done"


def marks(kafka: Mapping[str, str], topics: Topics) -> dict[Place, str]:
    """Place to `sent` or `dropped`; raises KafkaException."""
    name = marks_topic(topics)
    return {
        Place.parse(message.key().decode()): orjson.loads(message.value())["state"]
        for messages in scan.read(kafka, name, scan.whole(kafka, name))
        for message in messages
    }


def read(kafka: Mapping[str, str], topics: Topics, choice: Choice) -> Iterator[Letter]:
    """The chosen letters, partition by partition; raises KafkaException."""
    done = marks(kafka, topics)
    stretches = scan.whole(kafka, topics.dead)
    if choice.places:
        stretches = _only(stretches, choice.places)
    for messages in scan.read(kafka, topics.dead, stretches):
        for message in messages:
            letter = opened(message, done)
            if choice.takes(letter):
                yield letter


def _only(stretches: scan.Stretches, places: frozenset[Place]) -> dict[int, scan.Stretch]:
    found = {}
    for number, (start, end) in stretches.items():
        wanted = [place.offset for place in places if place.partition == number]
        if wanted:
            found[number] = scan.Stretch(max(start, min(wanted)), min(end, max(wanted) + 1))
    return found


def opened(message: Message, done: Mapping[Place, str]) -> Letter:
    """A message of the dead letters' topic, taken apart."""
    headers: Headers = message.headers() or []
    ours = {name: (value or b"").decode() for name, value in headers if _is_ours(name)}
    place = Place(message.partition(), message.offset())
    return Letter(
        place=place,
        buried_at=message.timestamp()[1],
        reason=ours.get("baton.reason", ""),
        detail=ours.get("baton.detail", ""),
        origin="/".join(
            ours.get(f"baton.{name}", "?") for name in ("topic", "partition", "offset")
        ),
        key=message.key(),
        value=message.value(),
        headers=[(name, value) for name, value in headers if not _is_ours(name)],
        state=done.get(place, ""),
    )


def _is_ours(name: str) -> bool:
    return name.startswith(HEADER_PREFIX)


def verdict(letter: Letter, decoder: Decoder) -> Fault | None:
    """Why the letter would come back if it were sent now; None where nothing speaks against it."""
    found = decoder.decode(letter.key, letter.value, 0)
    if not isinstance(found, Moment):
        return found
    if letter.reason in _BY_HISTORY:
        return Fault(Reason(letter.reason), letter.detail)
    return None
