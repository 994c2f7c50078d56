"""What the sink reads and when: nothing while it waits, nothing twice, only what is its own."""

from __future__ import annotations

from itertools import count

from sink.consumer import Sink
from sink.memory import MemoryTarget
from sink.plan import Insert
from sink.ranges import Source
from sink.state import State
from sink.writer import Unavailable
from tests.unit.sink.memory_group import Broker, MemoryGroup, Message
from tests.unit.sink.test_consumer import Never, assert_exact, caught_up, log_of, run


class Away(MemoryTarget):
    """A ClickHouse that is away until `back`."""

    back = False

    def insert(self, insert: Insert) -> None:
        if not self.back:
            raise Unavailable("away")
        super().insert(insert)


class Counting(MemoryGroup):
    """Knows how many messages it has given."""

    given = 0

    def read(self, count: int, timeout: float) -> list[Message]:
        found = super().read(count, timeout)
        self.given += sum(message.error() is None for message in found)
        return found


def test_nothing_is_read_while_clickhouse_is_away() -> None:
    broker, target = Broker({0: log_of(*"abcdefgh"), 1: log_of(*"abcdefgh")}), Away()
    group = Counting(broker, portion=2)
    sink = Sink(group, target, eager=True, clock=count(step=0.3).__next__)
    turns = iter(range(1000))
    sink.run(Never(), lambda: next(turns) == 10)
    given = group.given
    assert given > 0
    sink.run(Never(), lambda: next(turns) == 200)
    assert group.given == given
    target.back = True
    sink.run(Never(), caught_up(broker))
    assert_exact(broker, target)
    assert group.given == 16, "each message is read once"


class Repeating(MemoryGroup):
    """Gives what it gave last once more, as a client may that was just told where to read."""

    _last: list[Message] = []  # noqa: RUF012 replaced, never changed

    def read(self, count: int, timeout: float) -> list[Message]:
        before, self._last = self._last, super().read(count, timeout)
        return [*before, *self._last]


def test_a_message_that_is_given_twice_counts_once() -> None:
    broker, target = Broker({0: log_of(*"abcabc", None, "a")}), MemoryTarget()
    run(Repeating(broker), target)
    assert_exact(broker, target)


class Shrinking(MemoryGroup):
    """A group whose partition 1 another member takes over."""

    taken = False

    def take(self) -> None:
        self.taken = True
        self._revoked([1])
        self._positions.pop(1, None)

    def mark(self, source: Source, state: State) -> None:
        assert not (self.taken and source.partition == 1), "not ours any more"
        super().mark(source, state)


def test_what_was_read_of_a_partition_that_is_gone_is_left_to_its_new_owner() -> None:
    broker, target = Broker({0: log_of(*"abc"), 1: log_of(*"abc")}), Away()
    group = Shrinking(broker)
    sink = Sink(group, target, eager=True, clock=count(step=0.3).__next__)
    turns = iter(range(1000))
    sink.run(Never(), lambda: next(turns) == 10)
    group.take()
    target.back = True
    sink.run(Never(), lambda: next(turns) == 100)
    assert broker.committed[0].offset == 3
    assert [len(rows) for rows in target.targets.values()] == [3, 3, 3]
