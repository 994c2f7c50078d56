"""The batch transport: what it hands over, and what a rebalance waits for."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from stream.transport import Consumer

PARTITION = TP("assignment-events", 0)


class Engine:
    """Counts rebalances, as the worker's does."""

    topic = PARTITION.topic
    epoch = 0

    async def suspend(self) -> None:
        self.epoch += 1


def records(*offsets: int) -> list[Any]:
    return [
        SimpleNamespace(offset=offset, timestamp=0, key=b"k", value=b"v", headers=())
        for offset in offsets
    ]


@pytest.fixture
def fetches(monkeypatch: pytest.MonkeyPatch) -> asyncio.Queue[dict[TP, list[Any]]]:
    """What Kafka gives to each fetch; a fetch waits while this is empty."""
    queue: asyncio.Queue[dict[TP, list[Any]]] = asyncio.Queue()

    async def getmany(self: Any, active: Any, timeout: float) -> Any:  # noqa: ASYNC109 Faust's
        return await queue.get()

    async def revoked(self: Any, partitions: Any) -> None:
        return None

    monkeypatch.setattr(driver.Consumer, "_getmany", getmany)
    monkeypatch.setattr(driver.Consumer, "on_partitions_revoked", revoked)
    monkeypatch.setattr(driver.Consumer, "__init__", lambda self: None)
    return queue


@pytest.fixture
def consumer(fetches: Any) -> Any:
    consumer = Consumer()
    consumer.app = SimpleNamespace(engine=Engine())
    return consumer


async def test_a_batch_starts_where_the_one_before_it_ended(consumer: Any, fetches: Any) -> None:
    fetches.put_nowait({PARTITION: records(0, 1, 2)})
    fetches.put_nowait({PARTITION: records(5, 6)})  # 3 and 4 are control records
    first = (await consumer._getmany({PARTITION}, 1.0))[PARTITION][0].value
    second = (await consumer._getmany({PARTITION}, 1.0))[PARTITION][0].value
    assert (first.end, second.start, second.end) == (3, 3, 7)


async def test_a_rebalance_waits_for_the_fetch_under_way(consumer: Any, fetches: Any) -> None:
    fetch = asyncio.create_task(consumer._getmany({PARTITION}, 1.0))
    await asyncio.sleep(0)
    rebalance = asyncio.create_task(consumer.on_partitions_revoked({PARTITION}))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not rebalance.done()
    assert consumer.app.engine.epoch == 0
    fetches.put_nowait({})
    await asyncio.gather(fetch, rebalance)
    assert consumer.app.engine.epoch == 1
