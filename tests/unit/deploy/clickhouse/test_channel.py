"""Bytes from a thread to the event loop: in order, bounded, and never stuck."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from deploy.local.clickhouse.channel import ROOM_BYTES, Abandoned, Channel
from deploy.local.clickhouse.flow import Flow
from deploy.local.clickhouse.results import Result
from deploy.local.clickhouse.threads import Threads
from tests.support import wait_for

DONE = Result(b"", 1, 2, 3, 0, 0)


@pytest.fixture
async def threads() -> AsyncIterator[Threads]:
    made = Threads(2, "test")
    yield made
    made.close()


async def test_a_writer_waits_for_room() -> None:
    channel, put = Channel(asyncio.get_running_loop()), []

    def write() -> None:
        for number in range(8):
            channel.put(bytes([number]) * (ROOM_BYTES // 2))
            put.append(number)

    writer = threading.Thread(target=write)
    writer.start()
    await asyncio.to_thread(wait_for, lambda: len(put) == 2)
    read = []
    while len(read) < 8:
        assert len(put) <= len(read) + 2
        if piece := channel.read():
            read.append(piece[0])
        await asyncio.sleep(0)
    writer.join()
    assert read == list(range(8))


async def test_a_writer_without_a_reader_is_told() -> None:
    channel = Channel(asyncio.get_running_loop())
    channel.put(b"x" * ROOM_BYTES)
    with pytest.raises(Abandoned):
        await asyncio.gather(asyncio.to_thread(channel.put, b"y"), asyncio.to_thread(channel.close))


async def test_a_flow_gives_all_bytes_and_then_the_result(threads: Threads) -> None:
    loop = asyncio.get_running_loop()
    channel = Channel(loop)

    def work() -> Result:
        for number in range(300):
            channel.put(bytes([number % 256]) * 20_000)
        return DONE

    flow = Flow(channel, threads.run(work))
    first, ended = await flow.first()
    assert not ended
    pieces = [first]
    while piece := await flow.next():
        pieces.append(piece)
    expected = b"".join(bytes([number % 256]) * 20_000 for number in range(300))
    assert b"".join(pieces) == expected
    assert await flow.result() is DONE


async def test_a_short_result_and_an_error_come_at_once(threads: Threads) -> None:
    loop = asyncio.get_running_loop()
    channel = Channel(loop)

    def fail() -> Result:
        channel.put(b"some")
        raise ValueError("then an error")

    flow = Flow(channel, threads.run(fail))
    assert await flow.first() == (b"some", True)
    with pytest.raises(ValueError, match="then"):
        await flow.result()


async def test_who_waits_for_a_result_can_be_cancelled_and_the_work_goes_on(
    threads: Threads,
) -> None:
    loop, go_on = asyncio.get_running_loop(), threading.Event()

    def work() -> Result:
        go_on.wait(10)
        return DONE

    running = threads.run(work)
    waiting = asyncio.ensure_future(Flow(Channel(loop), running).result())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert not running.done()
    go_on.set()
    assert await running is DONE
