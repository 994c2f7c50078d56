"""Who works on which partition: batches of former assignments, revocation, and failing aloud."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from stream import engine as module
from stream.batch import Batch, Message
from stream.engine import Engine
from stream.extent import Extent
from stream.settings import Settings
from tests.support import wait_for

MESSAGE = Message(0, 0, b"k", b"v", ())


class Partition:
    """Takes the place of `stream.partition.Partition`; processing waits for `go_on`."""

    def __init__(self, *_: Any) -> None:
        self.number, self.position = 0, 0
        self.word = module.control.Word()
        self.go_on = threading.Event()
        self.go_on.set()
        self.done: list[Batch] = []
        self.error: Exception | None = None
        self.closed, self.settled = False, 0

    def open(self) -> None:
        if self.error:
            raise self.error

    def process(self, batch: Batch) -> Counter[str]:
        assert self.go_on.wait(10)
        if self.error:
            raise self.error
        self.done.append(batch)
        return Counter(row=1)

    def close(self) -> None:
        self.closed = True


class Gauge:
    """Takes the place of `stream.extent.Gauge`: a committed event waits at offset 5, or none does
    and the partition ends in markers and what was aborted."""

    def __init__(self) -> None:
        self.waits, self.unmarked = True, False

    def extents(self, topic: str, numbers: Iterable[int]) -> dict[int, Extent]:
        return {number: Extent(0, 8, 9) for number in numbers}

    def everywhere(self, places: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Extent]:
        return {place: Extent(0, 8, 8 + self.unmarked) for place in places}

    def waiting(self, topic: str, positions: Mapping[int, int], extents: object) -> set[int]:
        return set(positions) if self.waits else set()

    def close(self) -> None:
        pass


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Codes the process was to end with."""
    codes: list[int] = []
    monkeypatch.setattr(module, "_WAY_OUT", 0.05)
    monkeypatch.setattr(module.os, "_exit", codes.append)
    return codes


@pytest.fixture
async def engine(monkeypatch: pytest.MonkeyPatch, ends: list[int]) -> Any:
    monkeypatch.setattr(module, "Partition", Partition)
    engine: Any = Engine(Settings(), 1, "id", Gauge())  # type: ignore[arg-type]
    await engine.open_assigned([0], 1)
    yield engine
    await engine.close()


def batch(epoch: int) -> Batch:
    return Batch("assignment-events", 0, 0, [MESSAGE], epoch)


async def test_a_batch_fetched_before_a_rebalance_is_dropped(engine: Any) -> None:
    await engine.suspend()
    await engine.process(batch(0))
    await engine.process(batch(1))
    assert [each.epoch for each in engine._open[0].done] == [1]


async def test_a_batch_of_a_partition_that_has_gone_is_dropped(engine: Any) -> None:
    partition = engine._open[0]
    await engine.open_assigned([], 2)
    await engine.process(batch(0))
    assert (partition.done, engine.progress) == ([], {})


async def test_revocation_waits_for_the_batch_at_work(engine: Any) -> None:
    partition = engine._open[0]
    partition.go_on.clear()
    at_work = asyncio.create_task(engine.process(batch(0)))
    await asyncio.to_thread(wait_for, lambda: engine.progress[0].at_work)
    leaving = asyncio.create_task(engine.suspend())
    done, _ = await asyncio.wait([leaving], timeout=0.1)
    assert not done
    partition.go_on.set()
    await leaving
    assert len(partition.done) == 1
    await at_work


async def test_a_failure_is_raised_said_and_ends_the_process(engine: Any, ends: list[int]) -> None:
    engine._open[0].error = RuntimeError("no disk")
    with pytest.raises(RuntimeError, match="no disk"):
        await engine.process(batch(0))
    assert engine.progress[0].stopped == "failed: no disk"
    await asyncio.to_thread(wait_for, lambda: ends == [module.FAILED])


async def test_a_silent_kafka_is_noticed_while_every_partition_waits_for_it(
    engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: Any) -> None:
        raise KafkaException(KafkaError(KafkaError._TRANSPORT))

    monkeypatch.setattr(module.control, "read", read)
    partition = engine._open[0]
    partition.go_on.clear()
    at_work = asyncio.create_task(engine.process(batch(0)))
    await asyncio.to_thread(wait_for, lambda: engine.progress[0].at_work)
    try:
        await asyncio.wait_for(engine.heed(), 5)
    finally:
        partition.go_on.set()
    assert engine.silent_since is not None
    monkeypatch.setattr(module.control, "read", lambda *_: {0: module.control.Word()})
    await engine.heed()
    assert engine.silent_since is None
    await at_work


async def test_it_idles_from_when_something_waits_and_not_before(
    engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.control, "read", lambda *_: {0: module.control.Word()})
    engine._gauge.waits = False
    await engine.heed()
    assert (engine.progress[0].waits_since, engine.progress[0].waiting) == (None, 0)
    engine._gauge.waits = True
    await engine.heed()
    since = engine.progress[0].waits_since
    assert (since is not None, engine.progress[0].waiting) == (True, 8)
    await engine.heed()
    assert engine.progress[0].waits_since == since
    await engine.process(batch(0))
    assert engine.progress[0].waits_since is None


async def test_what_may_be_taken_back_is_not_settled(
    engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.control, "read", lambda *_: {0: module.control.Word()})
    engine._open[0].position, engine._gauge.unmarked = 5, True
    await engine.heed()
    assert (engine.positions(), engine.settled()) == ({0: 5}, {0: 0})
    engine._gauge.unmarked = False
    await engine.heed()
    assert engine.settled() == {0: 5}


async def test_what_may_have_had_another_owner_is_opened_anew(engine: Any) -> None:
    first = engine._open[0]
    await engine.open_assigned([0], 2)
    assert engine._open[0] is first
    await engine.open_assigned([0], 2)
    assert engine._open[0] is first
    await engine.open_assigned([0], 4)
    assert engine._open[0] is not first
    assert first.closed


async def test_a_paused_partition_waits_for_the_word(
    engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LOOK_AGAIN", 0.01)
    partition = engine._open[0]
    partition.word = module.control.Word(paused=True)
    waiting = asyncio.create_task(engine.process(batch(0)))
    await asyncio.to_thread(wait_for, lambda: engine.progress[0].stopped)
    assert "baton pause" in engine.progress[0].stopped
    partition.word = module.control.Word()
    await waiting
    assert (len(partition.done), engine.progress[0].stopped) == (1, "")
