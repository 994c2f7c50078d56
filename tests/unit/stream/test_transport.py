"""The batch transport: where a batch says it starts, and what a rebalance waits for."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import NoOffsetForPartitionError, OffsetOutOfRangeError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from stream.transport import Consumer, ConsumerThread

PARTITION = TP("assignment-events", 0)


def records(*offsets: int) -> list[Any]:
    return [
        SimpleNamespace(offset=offset, timestamp=0, key=b"k", value=b"v", headers=())
        for offset in offsets
    ]


@pytest.fixture
def fetches(monkeypatch: pytest.MonkeyPatch) -> asyncio.Queue[dict[TP, list[Any]]]:
    """What Kafka gives to each fetch; a fetch waits while this is empty."""
    queue: asyncio.Queue[dict[TP, list[Any]]] = asyncio.Queue()

    async def fetch(self: Any) -> Any:
        return await queue.get()

    async def seek(self: Any, *_: Any) -> None:
        return None

    thread = driver.AIOKafkaConsumerThread
    monkeypatch.setattr(thread, "__init__", lambda self: None)
    monkeypatch.setattr(thread, "_fetch_records", fetch)
    monkeypatch.setattr(thread, "_seek_wait", seek, raising=False)
    monkeypatch.setattr(thread, "_ensure_consumer", lambda self: None)
    return queue


@pytest.fixture
def thread(fetches: Any) -> Any:
    return ConsumerThread()


async def test_a_batch_starts_where_the_one_before_it_ended(thread: Any, fetches: Any) -> None:
    await thread._start_from({PARTITION: 0}, 1)
    fetches.put_nowait({PARTITION: records(0, 1, 2)})
    fetches.put_nowait({PARTITION: records(5, 6)})  # 3 and 4 are control records
    first = (await thread._fetch_records())[PARTITION][0].value
    second = (await thread._fetch_records())[PARTITION][0].value
    assert (first.start, first.end, second.start, second.end) == (0, 3, 3, 7)


async def test_a_fetch_across_a_rebalance_belongs_to_the_new_assignment(
    thread: Any, fetches: Any
) -> None:
    await thread._start_from({PARTITION: 0}, 1)
    waiting = asyncio.create_task(thread._fetch_records())
    await asyncio.sleep(0)
    await thread._start_from({PARTITION: 40}, 2)
    fetches.put_nowait({PARTITION: records(40, 41)})
    batch = (await waiting)[PARTITION][0].value
    assert (batch.start, batch.epoch) == (40, 2)


async def test_a_partition_that_has_no_place_yet_is_waited_for(
    thread: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(self: Any) -> Any:
        raise error

    monkeypatch.setattr(driver.AIOKafkaConsumerThread, "_fetch_records", fail)
    error: Exception = NoOffsetForPartitionError(PARTITION)
    assert await thread._fetch_records() == {}
    error = OffsetOutOfRangeError({PARTITION: 7})
    with pytest.raises(OffsetOutOfRangeError):
        await thread._fetch_records()


async def test_partitions_move_only_after_batches_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    done = []

    async def revoked(self: Any, partitions: Any) -> None:
        done.append("flow stopped")

    async def suspend() -> None:
        done.append("batches finished")

    monkeypatch.setattr(driver.Consumer, "__init__", lambda self: None)
    monkeypatch.setattr(driver.Consumer, "on_partitions_revoked", revoked)
    consumer: Any = Consumer()
    consumer.app = SimpleNamespace(engine=SimpleNamespace(suspend=suspend))
    await consumer.on_partitions_revoked({PARTITION})
    assert done == ["flow stopped", "batches finished"]
