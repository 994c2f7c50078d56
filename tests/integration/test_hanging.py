"""What a broker leaves open is ended, or refused, before a partition is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from producers.kafka import Topics, client_config
from stream import hanging, scan, watermark
from stream.extent import Gauge
from stream.history import Horizon
from stream.partition import Partition
from stream.settings import Settings
from stream.topics import create
from stream.watermark import Watermark

pytestmark = pytest.mark.server


class Left:
    """A producer that left a transaction open, and whose successor has its id: what `abort_in`
    writes ends it."""

    def __init__(self) -> None:
        config = {"transactional.id": "left", "transaction.timeout.ms": 60_000}
        self.producer = Producer({**client_config(), **config})
        self.producer.init_transactions(30)
        self.ended: list[str] = []

    def transaction(self, *messages: tuple[str, bytes, bytes]) -> Producer:
        self.producer.begin_transaction()
        for topic, key, value in messages:
            self.producer.produce(topic, value, key, 0)
        self.producer.flush(30)
        return self.producer

    def abort_in(self, topics: list[str]) -> None:
        self.ended += topics
        self.producer.abort_transaction(30)


def row(topics: Topics, cause: int) -> tuple[str, bytes, bytes]:
    return topics.log, b"c", json.dumps({"version": 2 * cause + 1}).encode()


def mark(topics: Topics, offset: int) -> tuple[str, bytes, bytes]:
    return topics.history, watermark.KEY, Watermark(offset, "id", 1, Horizon()).encode()


@pytest.fixture
def left(topics: Topics, monkeypatch: pytest.MonkeyPatch) -> Left:
    create(client_config(), topics)
    monkeypatch.setattr(hanging, "_PATIENCE", 0.5)
    found = Left()
    found.transaction(row(topics, 3), mark(topics, 5)).commit_transaction(30)
    return found


def end(topics: Topics, producer: Any) -> None:
    hanging.end(client_config(), Gauge(client_config()), topics, 0, producer)


def is_open(topics: Topics) -> list[str]:
    names = [topics.log, topics.dead, topics.history]
    found = Gauge(client_config()).everywhere([(name, 0) for name in names])
    return [name for (name, _), each in found.items() if each.open]


def test_a_partition_is_not_read_over_one(
    topics: Topics, left: Left, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATON_HOME", str(tmp_path))
    left.transaction(mark(topics, 8))
    with pytest.raises(hanging.HalfCommitted, match="another producer"):
        Partition(Settings.from_environment(), 0, 4, "id", Gauge(client_config())).open()


def test_where_nothing_is_open_nothing_is_done(topics: Topics, left: Left) -> None:
    end(topics, left)
    assert left.ended == []


def test_a_transaction_that_hangs_is_aborted(topics: Topics, left: Left) -> None:
    left.transaction(row(topics, 6), mark(topics, 8))
    assert is_open(topics) == [topics.log, topics.history]
    end(topics, left)
    assert left.ended == [topics.log, topics.history]
    assert is_open(topics) == []
    stretch = scan.whole(client_config(), topics.log, [0])
    read = [m for part in scan.read(client_config(), topics.log, stretch) for m in part]
    assert [json.loads(m.value())["version"] for m in read] == [7]


@pytest.mark.parametrize(
    ("committed", "open_"),
    [
        (row, mark),  # rows of a batch that the changelog does not cover yet
        (mark, row),  # a changelog that covers rows which do not count yet
    ],
)
def test_half_a_transaction_is_refused(
    topics: Topics, left: Left, committed: Callable[..., Any], open_: Callable[..., Any]
) -> None:
    left.transaction(committed(topics, 8)).commit_transaction(30)
    left.transaction(open_(topics, 8))
    with pytest.raises(hanging.HalfCommitted, match=r"half a transaction .* replay rebuild"):
        end(topics, left)
    assert left.ended == []


def test_what_the_own_marker_does_not_end_is_refused(topics: Topics, left: Left) -> None:
    left.transaction(mark(topics, 8))

    class Another:
        def abort_in(self, topics: list[str]) -> None:
            pass

    with pytest.raises(hanging.HalfCommitted, match=r"another producer .* kafka-transactions\.sh"):
        end(topics, Another())
