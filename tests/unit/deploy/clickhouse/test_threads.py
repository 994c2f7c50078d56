"""Calls that threads make for the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest

from deploy.local.clickhouse.threads import Job, Threads

T = TypeVar("T")


@contextmanager
def threads(limit: int) -> Iterator[Threads]:
    made = Threads(limit, "test")
    try:
        yield made
    finally:
        made.close()


async def test_results_and_errors_come_back() -> None:
    with threads(2) as pool:
        assert await pool.run(divmod, 7, 2) == (3, 1)
        assert await pool.run(int, "ff", base=16) == 255
        with pytest.raises(ZeroDivisionError):
            await pool.run(divmod, 1, 0)


async def test_calls_run_side_by_side_up_to_the_limit() -> None:
    met, late = threading.Barrier(3, timeout=30), threading.Event()
    with threads(3) as pool:
        meeting = [pool.run(met.wait) for _ in range(3)]
        waits = pool.run(late.set)
        await asyncio.gather(*meeting)
        await waits
        before = threading.active_count()
        await asyncio.gather(*(pool.run(int) for _ in range(20)))
        assert threading.active_count() == before


async def test_one_thread_is_enough_for_one_call_after_the_other() -> None:
    with threads(10) as pool:
        names = {(await pool.run(threading.current_thread)).name for _ in range(5)}
    assert names == {"test-0"}


async def _of(job: Job[T]) -> T:
    return await job


async def test_a_call_that_nobody_waits_for_runs_to_its_end() -> None:
    go, ended = threading.Event(), threading.Event()

    def work() -> None:
        go.wait(30)
        ended.set()

    with threads(1) as pool:
        job = pool.run(work)
        waiting = asyncio.ensure_future(_of(job))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert not job.done()
        go.set()
        await job
        assert await pool.run(int) == 0
    assert ended.is_set()


async def test_several_wait_for_one_call_and_who_comes_late_gets_its_result() -> None:
    go = threading.Event()
    with threads(1) as pool:
        job = pool.run(go.wait, 30)
        waiting = [asyncio.ensure_future(_of(job)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        go.set()
        assert await asyncio.gather(*waiting[1:]) == [True, True]
        assert await job
        with pytest.raises(asyncio.CancelledError):
            await waiting[0]


async def test_who_is_cancelled_when_the_call_has_ended_is_cancelled() -> None:
    """The end and the cancellation may come in the same turn of the loop."""
    with threads(1) as pool:
        job = pool.run(int)
        waiting = asyncio.ensure_future(_of(job))
        await asyncio.sleep(0)
        waiting.cancel()
        job.end(0, None)
        with pytest.raises(asyncio.CancelledError):
            await waiting


async def test_close_waits_for_what_runs() -> None:
    go, ended = threading.Event(), threading.Event()

    def work() -> None:
        go.wait(30)
        ended.set()

    pool = Threads(1, "test")
    pool.run(work)
    threading.Timer(0.05, go.set).start()
    pool.close()
    assert ended.is_set()
