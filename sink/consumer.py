"""The sink: reads the log, writes batches of it, and waits while Kafka or ClickHouse is away."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from confluent_kafka import KafkaError, Message

from sink.buffer import Buffer
from sink.group import Group
from sink.patience import Patience
from sink.plan import Committed, More, plan, resume
from sink.progress import Progress
from sink.ranges import Source
from sink.refusal import Impossible, Refusal, Refused
from sink.state import Intent, State
from sink.writer import Target, Unavailable, Writer

MESSAGES = 10_000
"""Messages taken from Kafka at a time."""

TURN = 0.2
"""Seconds to wait for messages: how late a stop or a rare message may be noticed."""

GONE = {KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE}

log = logging.getLogger("baton.sink")


class Stop(Protocol):
    """Whether to come to an end, such as threading.Event."""

    def is_set(self) -> bool: ...


@dataclass
class Partition:
    """An assigned partition: what is remembered of it, and what was read since."""

    state: State
    buffer: Buffer


class Sink:
    """One member of the group. `eager`: write at the end of the log without delay."""

    def __init__(
        self,
        group: Group,
        target: Target,
        *,
        eager: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._group = group
        self._target = target
        self._writer = Writer(group, target)
        self._eager = eager
        self._clock = clock
        self._partitions: dict[int, Partition] = {}
        self._joining: set[int] = set()
        self._member = False
        self._patience = Patience(clock)
        self.progress = Progress(clock)

    def run(self, stop: Stop, done: Callable[[], bool] = lambda: False) -> None:
        """Work until `stop` is set or, once it is known where what is assigned stands, `done` says
        so. The batch at hand is finished first.

        Raises Refused at an impossible state, and checks.UnsafeTarget.
        """
        self._group.join(self._assigned, self._revoked)
        while not stop.is_set() and not (self._settled() and done()):
            try:
                self._turn()
            except Unavailable as problem:
                self._hold(problem)

    def _turn(self) -> None:
        if self._patience.waiting():
            # Nothing is read now; asking keeps the membership alive.
            self._group.read(1, min(TURN, self._patience.left()))
            return
        if self._joining:
            self._take_up()
        elif self._patience.tried():
            self._write_due()
            self._read_on()
        self._keep(self._group.read(MESSAGES, TURN))
        self._write_due()
        self._patience.over()
        self.progress.report(self._lag)

    def _settled(self) -> bool:
        return self._member and not self._joining

    def _assigned(self, partitions: list[int]) -> None:
        self._member = True
        self._joining |= set(partitions)

    def _revoked(self, partitions: list[int]) -> None:
        for partition in partitions:
            self._joining.discard(partition)
            self._partitions.pop(partition, None)

    def _take_up(self) -> None:
        """Find out where the new partitions stand, and read them from there."""
        topic_id = self._group.topic_id()
        for partition, committed in self._group.committed(self._joining).items():
            source = Source(self._group.topic, topic_id, partition)
            state = self._resumed(source, committed)
            log.info("partition %s: from offset %s on", partition, state.offset)
            self._partitions[partition] = Partition(state, Buffer(state.offset))
        self._joining.clear()
        self._read_on()

    def _resumed(self, source: Source, committed: Committed | None) -> State:
        registered = self._target.registered(source.topic, source.partition)
        state = resume(committed, self._group.log(source), registered)
        if isinstance(state, Refusal):
            raise Refused(state)
        if isinstance(state, Intent):
            log.info("partition %s: %s was begun, repeating it", source.partition, state.range)
        return state

    def _read_on(self) -> None:
        self._group.read_from({p: each.buffer.next for p, each in self._partitions.items()})

    def _hold(self, problem: Unavailable) -> None:
        """Stop reading until the next try."""
        self._group.read_from({})
        self._patience.wait(str(problem))

    def _keep(self, messages: Iterable[Message]) -> None:
        for message in messages:
            partition = self._partitions.get(message.partition())
            error = message.error()
            if error is not None and error.code() in GONE:
                self._look_again(message.partition())
            elif error is not None and error.code() != KafkaError._PARTITION_EOF:
                raise Unavailable(f"Kafka: {error.str()}")
            elif partition is not None and message.offset() >= partition.buffer.next:
                self._add(partition.buffer, message)

    def _add(self, buffer: Buffer, message: Message) -> None:
        if message.error() is not None:
            buffer.end(message.offset())
        elif value := message.value():
            buffer.add(message.offset(), value)
        else:
            source = Source(self._group.topic, self._group.topic_id(), message.partition())
            evidence = f"the message at offset {message.offset()}"
            raise Refused(Refusal(Impossible.NOT_A_ROW, source, evidence, message.offset() + 1))

    def _look_again(self, partition: int) -> None:
        """The offset to read is not there: compare with the log as it is now."""
        if self._partitions.pop(partition, None) is not None:
            self._joining.add(partition)

    def _write_due(self) -> None:
        for number, partition in list(self._partitions.items()):
            if partition.buffer.due(self._clock(), eager=self._eager):
                self._write(number, partition)

    def _write(self, number: int, partition: Partition) -> None:
        # The id is asked for after reading: whatever was read came from this topic or an older one.
        source = Source(self._group.topic, self._group.topic_id(), number)
        buffer = partition.buffer
        if self._waits(partition):
            return
        batch = buffer.batch(source, whole=isinstance(partition.state, Intent))
        step = plan(partition.state, batch)
        if isinstance(step, Refusal):
            raise Refused(step)
        if isinstance(step, More):
            return
        before = len(buffer.values)
        for state in self._writer.run(step):
            partition.state = state
            buffer.forget(state.offset)
        buffer.written_at = self._clock()
        self.progress.wrote(before - len(buffer.values))

    def _waits(self, partition: Partition) -> bool:
        """Whether an operation asks to begin no insert; one that was begun is ended first."""
        if isinstance(partition.state, Intent) or not self._target.asks_to_wait():
            return False
        if not any(isinstance(each.state, Intent) for each in self._partitions.values()):
            raise Unavailable("asked to wait by `baton replay` or `baton reconcile`")
        return True

    def _lag(self) -> int:
        """Offsets that the partitions of this member have and ClickHouse has not."""
        return sum(
            max(0, self._group.end(number) - partition.state.offset)
            for number, partition in self._partitions.items()
        )
