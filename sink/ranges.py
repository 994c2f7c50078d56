"""Ranges of offsets, how two of them lie to each other, and the token made of one. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True)
class Range:
    """Offsets of the first and of the last message, both belonging to it.

    Offsets between them may be missing: Kafka gives some to transaction markers and to messages of
    aborted transactions, which a reader of committed messages never sees.
    """

    first: int
    last: int

    def __post_init__(self) -> None:
        if not 0 <= self.first <= self.last:
            raise ValueError(f"no range of offsets: {self}")

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


class Relation(Enum):
    """How a range lies to a stored one; the examples are of a stored 5-9. There is no other way."""

    SAME = "5-9"
    SHORTER = "5-7, starts with it and ends before it"
    LONGER = "5-12, starts with it and goes on after it"
    BEFORE = "1-4, ends before it starts"
    EARLIER = "3-7 or 3-12, starts before it and reaches into it"
    LATER = "6-8 or 7-12, starts within it"
    AFTER = "10-14, starts after its end"


def relation(read: Range, stored: Range) -> Relation:
    """How `read` lies to `stored`."""
    if read.last < stored.first:
        return Relation.BEFORE
    if read.first > stored.last:
        return Relation.AFTER
    if read.first != stored.first:
        return Relation.EARLIER if read.first < stored.first else Relation.LATER
    if read.last == stored.last:
        return Relation.SAME
    return Relation.SHORTER if read.last < stored.last else Relation.LONGER


@dataclass(frozen=True)
class Source:
    """One partition of one topic; `topic_id` is Kafka's, a new one if the topic is remade."""

    topic: str
    topic_id: str
    partition: int


def token(source: Source, range: Range) -> str:
    """What ClickHouse knows an insert by: the same for the same messages, and for no others."""
    return f"{source.topic_id}/{source.topic}/{source.partition}/{range}"
