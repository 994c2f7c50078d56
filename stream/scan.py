"""Reading a stretch of a topic from its first offset to its last, without joining a group."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from stream import clients

Answer = TypeVar("Answer")
_TIMEOUT = 15.0
_LONG = 300.0  # much may have been aborted between two messages
_CHUNK = 10_000


class Stretch(NamedTuple):
    """Offsets of a partition from `start` on and below `end`; some may hold no message."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How many offsets, which is at least the number of messages."""
        return max(0, self.end - self.start)


Stretches = Mapping[int, Stretch]


def partitions(kafka: Mapping[str, str], topic: str) -> list[int]:
    """The partitions of a topic; none where there is no such topic. Raises KafkaException."""
    found = clients.admin(kafka).list_topics(timeout=_TIMEOUT).topics
    return sorted(found[topic].partitions) if topic in found else []


def whole(
    kafka: Mapping[str, str], topic: str, numbers: Iterable[int] | None = None
) -> dict[int, Stretch]:
    """What each partition holds now, up to where an open transaction begins; raises
    KafkaException."""
    consumer = clients.reader(kafka)
    try:
        wanted = partitions(kafka, topic) if numbers is None else list(numbers)
        return {
            number: Stretch(*ends(consumer, TopicPartition(topic, number))) for number in wanted
        }
    finally:
        consumer.close()


def since(
    kafka: Mapping[str, str], topic: str, stretches: Stretches, milliseconds: int
) -> dict[int, Stretch]:
    """Of `stretches` only what was appended at that time (ms since 1970) or later."""
    consumer = clients.reader(kafka)
    try:
        asked = [TopicPartition(topic, number, milliseconds) for number in stretches]
        found = consumer.offsets_for_times(asked, timeout=_TIMEOUT) if asked else []
        starts = {at.partition: at.offset for at in found}
    finally:
        consumer.close()
    return {
        number: Stretch(max(start, starts[number]) if starts[number] >= 0 else end, end)
        for number, (start, end) in stretches.items()
    }


def read(
    kafka: Mapping[str, str], topic: str, stretches: Stretches, isolation: str = "read_committed"
) -> Iterator[list[Message]]:
    """Committed messages of each stretch in the order of their offsets, some at a time.

    Ends when every stretch was read, or the partition ends before (an open transaction is not
    waited for). Raises KafkaException.
    """
    left = {number: each.end for number, each in stretches.items() if each.length}
    consumer = clients.reader(kafka, isolation)
    try:
        consumer.assign([TopicPartition(topic, n, stretches[n].start) for n in left])
        while left:
            found = consumer.consume(_CHUNK, 0.2)
            messages = [m for m in found if m.error() is None and _within(m, left)]
            if messages:
                yield messages
            for message in found:
                if _ends(message, left):
                    del left[message.partition()]
    finally:
        consumer.close()


def committed(consumer: Consumer, asked: list[TopicPartition]) -> list[TopicPartition]:
    """What a group has committed; raises KafkaException."""
    return list(coordinated(lambda: consumer.committed(asked, timeout=_TIMEOUT)))


def ends(consumer: Consumer, place: TopicPartition) -> tuple[int, int]:
    """The first offset of a partition and the one after its last, as the consumer's isolation has
    it; raises KafkaException."""
    low, high = coordinated(lambda: consumer.get_watermark_offsets(place, timeout=_TIMEOUT))
    return low, high


def coordinated(question: Callable[[], Answer]) -> Answer:
    """The answer of a group's coordinator, or of a partition's leader, asked again while that moves
    or loads, as it does when it is new or a broker has just started. Raises KafkaException."""
    deadline = time.monotonic() + _TIMEOUT
    while True:
        try:
            return question()
        except KafkaException as error:
            if error.args[0].code() not in _MOVING or time.monotonic() > deadline:
                raise
        time.sleep(0.1)


_AWAY = {KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TIMED_OUT}
_MOVING = {
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
}


def first(
    kafka: Mapping[str, str],
    topic: str,
    starts: Mapping[int, int],
    ends: Mapping[int, int],
    isolation: str = "read_committed",
) -> dict[int, Message]:
    """The first message of each partition at or after `starts` and before `ends`."""
    consumer = clients.few(kafka, isolation)
    try:
        return first_of(consumer, topic, starts, ends)
    finally:
        consumer.close()


def first_of(
    consumer: Consumer,
    topic: str,
    starts: Mapping[int, int],
    ends: Mapping[int, int],
    patience: float = _LONG,
) -> dict[int, Message]:
    """The same with a consumer that is there already; raises KafkaException, also when Kafka has
    not answered in `patience` seconds."""
    found: dict[int, Message] = {}
    left = {number: ends[number] for number, start in starts.items() if start < ends[number]}
    if not left:
        return found
    deadline = time.monotonic() + patience
    consumer.assign([TopicPartition(topic, number, starts[number]) for number in left])
    try:
        while left:
            message = consumer.poll(0.2)
            if message is None:
                if time.monotonic() > deadline:
                    raise KafkaException(timed_out())
                continue
            number = message.partition()
            if message.error() is None and _within(message, left):
                found[number] = message
            if number in found or _ends(message, left):
                consumer.pause([TopicPartition(topic, number)])
                left.pop(number, None)
    finally:
        # A pause outlives an assignment.
        consumer.resume([TopicPartition(topic, number) for number in starts])
        consumer.unassign()
    return found


def timed_out() -> KafkaError:
    """What librdkafka says of a question without an answer."""
    return KafkaError(KafkaError._TIMED_OUT, "Kafka does not answer")


def _within(message: Message, left: Mapping[int, int]) -> bool:
    return bool(message.offset() < left.get(message.partition(), 0))


def _ends(message: Message, left: Mapping[int, int]) -> bool:
    if message.partition() not in left:
        return False
    error = message.error()
    if error is None:
        return bool(message.offset() + 1 >= left[message.partition()])
    if error.code() == KafkaError._PARTITION_EOF:
        return True
    failure = KafkaException(error)
    if passes(failure):
        return False
    raise failure


def passes(failure: KafkaException) -> bool:
    """Whether an error goes away by itself, once brokers are back."""
    error = failure.args[0]
    return bool(error.retriable() or error.code() in _AWAY or error.code() in _MOVING)
