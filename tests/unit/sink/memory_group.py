"""A consumer group in memory: one topic, one member, and whatever goes wrong on request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from confluent_kafka import KafkaError

from sink.plan import Committed, Log
from sink.ranges import Source
from sink.state import State, encode
from sink.writer import Unavailable


@dataclass
class Broker:
    """What survives a member: the log (None is a control record) and the committed offsets."""

    log: dict[int, list[bytes | None]]
    topic_id: str = "id"
    starts: dict[int, int] = field(default_factory=dict)
    committed: dict[int, Committed] = field(default_factory=dict)


class Message:
    def __init__(self, partition: int, offset: int, value: bytes = b"", error: int | None = None):
        self._fields = (partition, offset, value, error)

    def partition(self) -> int:
        return self._fields[0]

    def offset(self) -> int:
        return self._fields[1]

    def value(self) -> bytes:
        return self._fields[2]

    def error(self) -> KafkaError | None:
        return None if self._fields[3] is None else KafkaError(self._fields[3])


class MemoryGroup:
    """Takes the place of `sink.group.Group`. `on_mark` is called before each commit takes effect,
    `after_mark` after it; either may raise. `portion` is how many messages one read gives."""

    topic = "log"

    def __init__(
        self,
        broker: Broker,
        *,
        portion: int = 3,
        on_mark: Callable[[], None] = lambda: None,
        after_mark: Callable[[], None] = lambda: None,
    ) -> None:
        self.broker = broker
        self.fenced = False
        self._portion = portion
        self._before, self._after = on_mark, after_mark
        self._positions: dict[int, int] = {}
        self._said_end: set[int] = set()
        self._joined = False

    def join(
        self, assigned: Callable[[list[int]], None], revoked: Callable[[list[int]], None]
    ) -> None:
        self._assigned, self._revoked = assigned, revoked

    def rebalance(self) -> None:
        """All partitions are taken away and given back, as after a fencing."""
        self._revoked(list(self.broker.log))
        self._positions = {}
        self._joined, self.fenced = False, False

    def read_from(self, offsets: Mapping[int, int]) -> None:
        self._positions = dict(offsets)
        self._said_end = set()

    def read(self, count: int, timeout: float) -> list[Message]:
        if not self._joined:
            self._joined = True
            self._assigned(list(self.broker.log))
        found = []
        for partition in list(self._positions):
            found += self._read(partition, min(count, self._portion))
        return found

    def _read(self, partition: int, count: int) -> list[Message]:
        position, log = self._positions[partition], self.broker.log[partition]
        if not self.broker.starts.get(partition, 0) <= position <= len(log):
            return [Message(partition, position, error=KafkaError._AUTO_OFFSET_RESET)]
        if position == len(log):
            known, self._said_end = partition in self._said_end, self._said_end | {partition}
            ended = Message(partition, position, error=KafkaError._PARTITION_EOF)
            return [] if known else [ended]
        self._said_end.discard(partition)
        end = self._positions[partition] = min(len(log), position + count)
        span = range(position, end)
        return [Message(partition, o, value) for o in span if (value := log[o]) is not None]

    def mark(self, source: Source, state: State) -> None:
        self._before()
        if self.fenced:
            raise Unavailable("another member has the partition")
        self.broker.committed[source.partition] = Committed(state.offset, encode(state))
        self._after()

    def committed(self, partitions: Iterable[int]) -> dict[int, Committed | None]:
        return {partition: self.broker.committed.get(partition) for partition in partitions}

    def topic_id(self) -> str:
        return self.broker.topic_id

    def log(self, source: Source) -> Log:
        number = source.partition
        return Log(source, self.broker.starts.get(number, 0), len(self.broker.log[number]))

    def end(self, partition: int) -> int:
        return len(self.broker.log[partition])
