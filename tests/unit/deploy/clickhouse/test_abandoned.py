"""Statements of clients that went away: each is stopped, by few statements of the server's own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from typing import Any, cast

from deploy.local.clickhouse.abandoned import Abandoned
from deploy.local.clickhouse.engine import Engine
from deploy.local.clickhouse.errors import ClickHouseError
from deploy.local.clickhouse.handle import Handle
from deploy.local.clickhouse.threads import Threads
from tests.support import wait_for


class Pipe:
    """Nothing comes through it."""

    def drain(self) -> None: ...

    def watch(self, *_: object) -> None: ...

    def unwatch(self) -> None: ...


class Lent:
    """A handle whose statement ends when it has been told so often enough."""

    def __init__(self, deaf: int = 0) -> None:
        self.pipe, self.deaf = Pipe(), deaf
        self.told, self.closed = threading.Event(), False

    def run(self) -> None:
        assert self.told.wait(30)

    def close(self) -> None:
        assert self.told.is_set()
        self.closed = True


class Killing:
    """An engine that only kills."""

    def __init__(self) -> None:
        self.kills: list[list[Lent]] = []
        self.problems: list[ClickHouseError] = []

    def kill(self, handles: Iterable[Handle]) -> None:
        if self.problems:
            raise self.problems.pop()
        self.kills.append(cast("list[Lent]", list(handles)))
        for lent in self.kills[-1]:
            lent.deaf -= 1
            if lent.deaf < 0:
                lent.told.set()


async def _settled(abandoned: Abandoned) -> None:
    await asyncio.to_thread(wait_for, lambda: not abandoned)


def _taken(handles: list[Lent], abandoned: Abandoned, threads: Threads, kills: bool = True) -> None:
    for lent in handles:
        abandoned.take(cast(Any, lent), threads.run(lent.run), kills)


async def test_all_are_told_at_once_until_they_have_ended() -> None:
    threads, control, engine = Threads(20, "statement"), Threads(1, "control"), Killing()
    abandoned = Abandoned(cast(Engine, engine), control)
    quick, deaf = [Lent() for _ in range(19)], Lent(deaf=2)
    _taken([*quick, deaf], abandoned, threads)
    assert len(abandoned) == 20
    await _settled(abandoned)
    assert all(lent.closed for lent in (*quick, deaf))
    assert set(engine.kills[0]) == {*quick, deaf}
    assert engine.kills[1:] == [[deaf], [deaf]]
    for pool in (threads, control):
        pool.close()


async def test_one_that_comes_later_is_told_too() -> None:
    threads, control, engine = Threads(2, "statement"), Threads(1, "control"), Killing()
    abandoned = Abandoned(cast(Engine, engine), control)
    for _ in range(2):
        lent = Lent()
        _taken([lent], abandoned, threads)
        await _settled(abandoned)
        assert lent.closed
    for pool in (threads, control):
        pool.close()


async def test_a_kill_that_fails_is_tried_again() -> None:
    threads, control, engine = Threads(1, "statement"), Threads(1, "control"), Killing()
    abandoned, lent = Abandoned(cast(Engine, engine), control), Lent()
    engine.problems = [ClickHouseError(241, "Code: 241. DB::Exception: no memory")]
    _taken([lent], abandoned, threads)
    await _settled(abandoned)
    assert lent.closed
    for pool in (threads, control):
        pool.close()


async def test_what_is_to_end_by_itself_is_left_alone() -> None:
    threads, control, engine = Threads(1, "statement"), Threads(1, "control"), Killing()
    abandoned, lent = Abandoned(cast(Engine, engine), control), Lent()
    _taken([lent], abandoned, threads, kills=False)
    lent.told.set()
    await _settled(abandoned)
    assert lent.closed
    assert engine.kills == []
    for pool in (threads, control):
        pool.close()
