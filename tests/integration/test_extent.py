"""How far partitions go, on a real Kafka: three ends, and what waits before each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from confluent_kafka import Producer

from producers.kafka import Topics, client_config
from stream.extent import Extent, Gauge
from stream.owners import owner
from tests.support import wait_for

pytestmark = pytest.mark.server


class Foreign:
    """An exactly-once producer."""

    def __init__(self, topics: Topics, name: str = "a") -> None:
        self.topic = topics.log
        self._producer = Producer({**client_config(), "transactional.id": f"{topics.prefix}{name}"})
        self._producer.init_transactions(30)

    def begin(self, *values: bytes) -> None:
        self._producer.begin_transaction()
        for value in values:
            self._producer.produce(self.topic, value, partition=0)
        assert self._producer.flush(30) == 0

    def end(self, commit: bool) -> None:
        (self._producer.commit_transaction if commit else self._producer.abort_transaction)(30)


@pytest.fixture
def gauge(topics: Topics) -> Iterator[Gauge]:
    found = Gauge(client_config())
    yield found
    found.close()


def waiting(gauge: Gauge, topic: str, position: int) -> bytes | None:
    found = gauge.waiting(topic, {0: position}, gauge.extents(topic, [0]))
    return found[0].value() if found else None


def reaches(gauge: Gauge, topic: str, extent: Extent) -> None:
    wait_for(lambda: gauge.extents(topic, [0]) == {0: extent})


def test_markers_and_what_was_aborted_do_not_wait(topics: Topics, gauge: Gauge) -> None:
    one, other = Foreign(topics), Foreign(topics, "b")
    one.begin(b"a")
    other.begin(b"b")
    one.end(commit=True)
    other.end(commit=True)
    one.begin(*[b"never"] * 3)
    one.end(commit=False)
    reaches(gauge, topics.log, Extent(0, 8, 8))
    assert [waiting(gauge, topics.log, at) for at in (0, 1, 2)] == [b"a", b"b", None]
    assert waiting(gauge, topics.log, 2) is None, "asked again"
    one.begin(b"later")
    one.end(commit=True)
    reaches(gauge, topics.log, Extent(0, 10, 10))
    assert [waiting(gauge, topics.log, at) for at in (2, 4, 0)] == [b"later", b"later", b"a"]


def test_what_is_not_decided_waits_for_nobody_yet_and_is_named(
    topics: Topics, gauge: Gauge
) -> None:
    one, other = Foreign(topics), Foreign(topics, "b")
    one.begin(b"decided")
    one.end(commit=True)
    one.begin(b"open")
    other.begin(b"behind it")
    other.end(commit=True)
    reaches(gauge, topics.log, Extent(0, 2, 5))
    assert waiting(gauge, topics.log, 1) is None
    found = gauge.undecided(topics.log, gauge.extents(topics.log, range(4)))
    assert {number: each.value() for number, each in found.items()} == {0: b"open"}
    one.end(commit=False)
    reaches(gauge, topics.log, Extent(0, 6, 6))
    assert waiting(gauge, topics.log, 1) == b"behind it"
    assert gauge.undecided(topics.log, gauge.extents(topics.log, range(4))) == {}


def test_whose_a_transaction_is(topics: Topics, gauge: Gauge) -> None:
    one = Foreign(topics, "flink-3")
    one.begin(b"decided")
    one.end(commit=True)
    assert owner(client_config(), topics.log, 0, 0) is None
    one.begin(b"open")
    assert owner(client_config(), topics.log, 0, 2) == f"{topics.prefix}flink-3"
    assert owner(client_config(), topics.log, 1, 2) is None
    one.end(commit=True)
    assert owner(client_config(), topics.log, 0, 2) is None
