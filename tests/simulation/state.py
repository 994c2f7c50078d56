"""How far all of a schedule is: what is committed, derived, written, and lost by consent."""

from __future__ import annotations

from collections.abc import Iterator

from producers.kafka import Topics
from sink.group import group_id
from stream import watermark
from stream.watermark import Watermark
from tests.simulation.kafka.cluster import Cluster
from tests.simulation.kafka.consumer import Message
from tests.simulation.kafka.log import SEEN, Log

PARTITIONS = 2


class State:
    """What the cluster says of the pipeline."""

    partitions = PARTITIONS
    cluster: Cluster
    topics: Topics
    ended_by: str
    lost_events: set[tuple[int, int]]

    def watermark(self, number: int) -> int:
        """The last event that is derived, as committed."""
        log = self.cluster.logs[self.topics.history, number]
        stable = log.stable()
        for each in reversed(log.records):
            if each.key == watermark.KEY and each.status in SEEN and each.offset < stable:
                return Watermark.decode(each.value or b"").offset
        return -1

    def sunk(self, number: int) -> int:
        """The offset up to which rows are in the tables."""
        return self.sink_committed(number)[0]

    def sink_committed(self, number: int) -> tuple[int, str | None]:
        """The offset that the sink has committed, and what it said of it."""
        kept = self.cluster.group(group_id(self.topics)).offsets
        return kept.get((self.topics.log, number), (0, None))

    def _events(self, number: int) -> Log:
        place = self.topics.events, number
        return self.cluster.former.get(place, [self.cluster.logs[place]])[0]

    def derivable(self, number: int) -> list[int]:
        """Offsets of all committed events but those whose loss a person has accepted."""
        seen = self._events(number).seen()
        return [each.offset for each in seen if (number, each.offset) not in self.lost_events]

    def events_that_count(self) -> list[Message]:
        """What the oracle derives from."""
        found = []
        for number in range(self.partitions):
            end = self.watermark(number) if self.ended_by else self._events(number).end
            for each in self._events(number).seen():
                if each.offset <= end and (number, each.offset) not in self.lost_events:
                    found.append(Message(self.topics.events, number, each))
        return found

    def messages(self, topic: str) -> list[Message]:
        """All that was ever committed."""
        return [
            Message(topic, number, each)
            for number in range(self.partitions)
            for each in self.cluster.logs[topic, number].seen()
        ]

    def rows(self) -> Iterator[bytes]:
        """Every row of the log."""
        for message in self.messages(self.topics.log):
            yield message.value() or b""

    def is_sunk(self, number: int) -> bool:
        """Whether the tables have all that is decided, and nothing is open."""
        log, dead = (self.cluster.logs[t, number] for t in (self.topics.log, self.topics.dead))
        return not log.open and not dead.open and self.sunk(number) >= log.end
