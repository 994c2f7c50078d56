"""How far partitions go, asked in one place that says which end is meant.

A partition has three ends. A committed reader comes to the last message that it is given; before
the stable end everything is decided, committed or aborted; the written end comes after all. Between
the first two lie only markers and what was aborted: nothing waits there. Between the last two lies
what nobody can know yet: it waits, for it may count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from confluent_kafka import IsolationLevel, Message, TopicPartition
from confluent_kafka.admin import OffsetSpec

from stream import clients, scan

_TIMEOUT = 15.0
_QUESTIONS = (
    (OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED),
    (OffsetSpec.latest(), IsolationLevel.READ_COMMITTED),
    (OffsetSpec.latest(), IsolationLevel.READ_UNCOMMITTED),
)


class Extent(NamedTuple):
    """One partition: from `start`, decided up to `stable`, written up to `end`."""

    start: int
    stable: int
    end: int

    @property
    def open(self) -> bool:
        """Whether a transaction is open in it."""
        return self.stable < self.end


Extents = Mapping[int, Extent]


class Gauge:
    """Asks Kafka how far partitions are, and what there waits for somebody.

    It keeps its connections. Several threads may ask for extents at once, one for messages.
    """

    def __init__(self, kafka: Mapping[str, str], timeout: float = _TIMEOUT) -> None:
        self._timeout = timeout
        self._admin = clients.admin(kafka)
        self._committed = clients.few(kafka)
        self._written = clients.few(kafka, "read_uncommitted")
        self._nothing: dict[tuple[str, int], tuple[int, int]] = {}

    def extents(self, topic: str, numbers: Iterable[int]) -> dict[int, Extent]:
        """Of these partitions of a topic; raises KafkaException."""
        found = self.everywhere([(topic, number) for number in numbers])
        return {number: extent for (_, number), extent in found.items()}

    def everywhere(self, places: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Extent]:
        """Of each (topic, partition), as it was at some moment of the call; raises
        KafkaException."""
        asked = [TopicPartition(*place) for place in places]
        if not asked:
            return {}
        start, stable, end = scan.coordinated(lambda: self._ends(asked))
        return {place: Extent(start[place], stable[place], end[place]) for place in end}

    def waiting(
        self, topic: str, positions: Mapping[int, int], extents: Extents
    ) -> dict[int, Message]:
        """The first message of each partition that a committed reader, standing at the position,
        would be given; none where it has them all. Raises KafkaException.

        What was found to be empty is not read again: much may have been aborted there.
        """
        starts = {
            number: self._after_nothing(topic, number, max(position, extents[number].start))
            for number, position in positions.items()
        }
        ends = {number: extents[number].stable for number in positions}
        found = scan.first_of(self._committed, topic, starts, ends, self._timeout)
        for number in positions.keys() - found.keys():
            if starts[number] < ends[number]:
                self._nothing[topic, number] = positions[number], ends[number]
        return found

    def undecided(self, topic: str, extents: Extents) -> dict[int, Message]:
        """The first message of each transaction that holds a partition open; raises
        KafkaException."""
        starts = {number: each.stable for number, each in extents.items() if each.open}
        ends = {number: extents[number].end for number in starts}
        return scan.first_of(self._written, topic, starts, ends, self._timeout)

    def close(self) -> None:
        """Let go of the connections."""
        self._committed.close()
        self._written.close()

    def _after_nothing(self, topic: str, number: int, position: int) -> int:
        start, end = self._nothing.get((topic, number), (0, 0))
        return end if start <= position < end else position

    def _ends(self, asked: list[TopicPartition]) -> list[dict[tuple[str, int], int]]:
        """First, stable and written end of each; the three are asked at once."""
        answers = [
            self._admin.list_offsets(
                dict.fromkeys(asked, which), isolation_level=level, request_timeout=self._timeout
            )
            for which, level in _QUESTIONS
        ]
        return [
            {(at.topic, at.partition): int(future.result().offset) for at, future in found.items()}
            for found in answers
        ]
