"""What the product relies on of Kafka, asked of the simulated one and of the real one alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import confluent_kafka
import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from producers.kafka import Topics, client_config
from tests.simulation.kafka import consumer, producer
from tests.simulation.kafka.cluster import Cluster
from tests.simulation.world import World, enter

Check = Callable[["Kafka"], None]


class Kafka:
    """The real one, with a topic of one writer; `Simulated` is the other."""

    Consumer: Any = confluent_kafka.Consumer
    Producer: Any = confluent_kafka.Producer

    def __init__(self, servers: dict[str, str], topic: str) -> None:
        self.servers, self.topic = servers, topic

    def ask(self, check: Check) -> None:
        check(self)

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)

    def consumer(self, isolation: str = "read_committed", **more: object) -> Any:
        config = {
            "group.id": uuid4().hex,
            "isolation.level": isolation,
            "enable.auto.commit": False,
        }
        ends = {"enable.partition.eof": True, "auto.offset.reset": "error"}
        return self.Consumer({**self.servers, **config, **ends, **more})

    def producer(self, name: str | None = None) -> Any:
        made = self.Producer({**self.servers, **({"transactional.id": name} if name else {})})
        if name:
            made.init_transactions(30)
        return made

    def write(self, *values: bytes) -> None:
        plain = self.producer()
        for value in values:
            plain.produce(self.topic, value, b"k", 0)
        plain.flush(30)

    def begun(self, *values: bytes, name: str = "") -> Any:
        made = self.producer(name or uuid4().hex)
        made.begin_transaction()
        for value in values:
            made.produce(self.topic, value, b"k", 0)
        made.flush(30)
        return made

    def read(self, start: int = 0, isolation: str = "read_committed") -> tuple[list[bytes], int]:
        """Values, and the offset at which the end was told, or the error."""
        reader, found = self.consumer(isolation), []
        reader.assign([TopicPartition(self.topic, 0, start)])
        for _ in range(60):
            for message in reader.consume(100, 0.5):
                error = message.error()
                if error is None:
                    found.append(message.value())
                    continue
                reader.close()
                end = error.code() == KafkaError._PARTITION_EOF
                return found, message.offset() if end else error.code()
        raise AssertionError(f"no end told: {found}")

    def ends(self, isolation: str = "read_committed") -> tuple[int, int]:
        reader = self.consumer(isolation)
        try:
            low, high = reader.get_watermark_offsets(TopicPartition(self.topic, 0), timeout=15)
            return low, high
        finally:
            reader.close()

    def settled(self, end: int) -> None:
        for _ in range(100):
            if self.ends()[1] >= end:
                return
            self.pause(0.1)
        raise AssertionError(f"the end stays at {self.ends()}")


class Simulated(Kafka):
    Consumer, Producer = consumer.Consumer, producer.Producer

    def __init__(self) -> None:
        super().__init__({}, "topic")
        self._world = enter(World(1, frozenset()))
        self._world.cluster = Cluster(self._world, {self.topic: 1})

    def ask(self, check: Check) -> None:
        world = self._world

        def coordinate() -> None:
            while True:
                if not world.cluster.tick():
                    world.wait_for("decisions", world.now + 1)
                world.step("coordinator", 0.01)

        def work() -> None:
            try:
                check(self)
            except AssertionError as wrong:
                world.failure = wrong
            world.stop()

        world.spawn(world.outside, coordinate)
        world.spawn(world.outside, work)
        world.run(10_000)

    def pause(self, seconds: float) -> None:
        self._world.sleep(seconds)


@pytest.fixture(params=["simulated", pytest.param("real", marks=pytest.mark.server)])
def kafka_of(request: pytest.FixtureRequest) -> Iterator[Kafka]:
    if request.param == "simulated":
        yield Simulated()
        return
    topics: Topics = request.getfixturevalue("topics")
    yield Kafka(client_config(), topics.events)


def an_open_transaction_ends_what_committed_readers_see(kafka: Kafka) -> None:
    kafka.write(b"0")
    opened = kafka.begun(b"1", b"2")
    kafka.write(b"3")
    assert kafka.read() == ([b"0"], 1)
    assert kafka.read(isolation="read_uncommitted")[0] == [b"0", b"1", b"2", b"3"]
    assert (kafka.ends(), kafka.ends("read_uncommitted")) == ((0, 1), (0, 4))
    opened.commit_transaction(30)
    kafka.settled(5)
    assert kafka.read() == ([b"0", b"1", b"2", b"3"], 5)


def what_was_aborted_is_not_seen_and_the_end_lies_behind_its_marker(kafka: Kafka) -> None:
    kafka.begun(b"0", b"1").abort_transaction(30)
    kafka.settled(3)
    assert kafka.read() == ([], 3)
    assert kafka.read(1) == ([], 3)


def two_that_overlap_leave_two_markers_at_the_end(kafka: Kafka) -> None:
    one, other = kafka.begun(b"0"), kafka.begun(b"1")
    one.commit_transaction(30)
    kafka.settled(1)
    assert kafka.read() == ([b"0"], 1)
    other.commit_transaction(30)
    kafka.settled(4)
    assert kafka.read() == ([b"0", b"1"], 4)


def who_takes_the_id_aborts_and_fences(kafka: Kafka) -> None:
    name = uuid4().hex
    former = kafka.begun(b"0", name=name)
    successor = kafka.producer(name)
    kafka.settled(2)
    assert kafka.read() == ([], 2)
    with pytest.raises(KafkaException) as fenced:
        former.commit_transaction(30)
    assert fenced.value.args[0].fatal()
    successor.begin_transaction()
    successor.produce(kafka.topic, b"1", b"k", 0)
    successor.commit_transaction(30)
    kafka.settled(4)
    assert kafka.read() == ([b"1"], 4)


def an_offset_that_is_not_there_is_told(kafka: Kafka) -> None:
    kafka.write(b"0")
    assert kafka.read(7) == ([], KafkaError._AUTO_OFFSET_RESET)


def offsets_and_metadata_are_kept_for_who_is_no_member(kafka: Kafka) -> None:
    group = {"group.id": uuid4().hex}
    writer = kafka.consumer(**group)
    for _ in range(30):
        try:
            writer.commit(offsets=[_at(kafka, 5, "said")], asynchronous=False)
            break
        except KafkaException:  # the coordinator of a new group is made first
            kafka.pause(0.5)
    writer.close()
    reader = kafka.consumer(**group)
    (found,) = reader.committed([TopicPartition(kafka.topic, 0)], timeout=15)
    reader.close()
    assert (found.offset, found.metadata) == (5, "said")


def _commit(who: Any, place: TopicPartition) -> None:
    for found in who.commit(offsets=[place], asynchronous=False):
        if found.error:
            raise KafkaException(found.error)


def _at(kafka: Kafka, offset: int, metadata: str) -> TopicPartition:
    return TopicPartition(kafka.topic, 0, offset, metadata=metadata)


def a_member_may_commit_and_a_stranger_may_not(kafka: Kafka) -> None:
    group = {"group.id": uuid4().hex, "session.timeout.ms": 10_000}
    member, given = kafka.consumer(**group), list[int]()

    def assigned(who: Any, places: list[TopicPartition]) -> None:
        who.assign([])
        given.extend(place.partition for place in places)

    member.subscribe(
        [kafka.topic], on_assign=assigned, on_revoke=lambda *_: None, on_lost=lambda *_: None
    )
    for _ in range(60):
        member.consume(1, 0.5)
        if given:
            break
    assert 0 in given
    member.commit(offsets=[_at(kafka, 3, "mine")], asynchronous=False)
    stranger = kafka.consumer(**group)
    with pytest.raises(KafkaException) as refused:
        _commit(stranger, _at(kafka, 4, ""))
    assert refused.value.args[0].code() == KafkaError.UNKNOWN_MEMBER_ID
    (found,) = member.committed([TopicPartition(kafka.topic, 0)], timeout=15)
    assert (found.offset, found.metadata) == (3, "mine")
    stranger.close()
    member.close()


CONTRACT = [
    an_open_transaction_ends_what_committed_readers_see,
    what_was_aborted_is_not_seen_and_the_end_lies_behind_its_marker,
    two_that_overlap_leave_two_markers_at_the_end,
    who_takes_the_id_aborts_and_fences,
    an_offset_that_is_not_there_is_told,
    offsets_and_metadata_are_kept_for_who_is_no_member,
    a_member_may_commit_and_a_stranger_may_not,
]


@pytest.mark.parametrize("check", CONTRACT, ids=lambda check: check.__name__)
def test_kafka(kafka_of: Kafka, check: Check) -> None:
    kafka_of.ask(check)
