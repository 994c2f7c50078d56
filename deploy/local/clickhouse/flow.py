"""A result on its way: the engine produces it in a thread, the event loop takes it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from deploy.local.clickhouse.results import Result
from deploy.local.clickhouse.threads import Job

FIRST_BYTES, FIRST_WAIT = 1 << 20, 0.1


class Source(Protocol):
    """Where the bytes arrive: a handle's pipe, or a channel."""

    def read(self) -> bytes:
        """What there is now, or nothing; never waits."""

    def watch(self, notify: Callable[[], None], enough: int, /) -> None:
        """Call when there is something to read, if possible not for less than `enough` bytes."""

    def unwatch(self) -> None:
        """Do not call any more."""


class Flow:
    """The bytes of one running statement, and, at their end, its result or error."""

    def __init__(self, source: Source, running: Job[Result]) -> None:
        self._source, self._running = source, running
        self._loop, self._news = asyncio.get_running_loop(), asyncio.Event()
        running.when_done(self._news.set)

    async def first(self) -> tuple[bytes, bool]:
        """What there is to begin with, and whether it is all.

        That is a mebibyte, or what comes within a moment: most results are short, and an error in
        that time can still have its own HTTP status.
        """
        first, until = bytearray(), self._now() + FIRST_WAIT
        while len(first) < FIRST_BYTES:
            # In this order: what was read after the end is all there is.
            ended = self._running.done()
            if piece := self._source.read():
                if len(piece) >= FIRST_BYTES and not first:
                    return piece, False  # to copy what is large takes the time of all others
                first += piece
            elif ended:
                return bytes(first), True
            elif self._now() < until:
                await self._wait(FIRST_BYTES, until)
            elif first:
                break
            else:
                await self._wait(1)
        return bytes(first), False

    async def next(self) -> bytes:
        """The next bytes; empty at the end.

        Nothing is read ahead: while nobody calls, the source fills up and the engine waits.
        """
        while not (data := self._source.read()):
            if self._running.done():
                return self._source.read()
            await self._wait(1)
        return data

    async def _wait(self, enough: int, until: float | None = None) -> None:
        """For the end, for `enough` bytes, or until a time."""
        self._news.clear()
        timer = None if until is None else self._loop.call_at(until, self._news.set)
        self._source.watch(self._news.set, enough)
        try:
            if not self._running.done():
                await self._news.wait()
        finally:
            self._source.unwatch()
            if timer is not None:
                timer.cancel()

    def _now(self) -> float:
        return self._loop.time()

    async def result(self) -> Result:
        """What the statement touched, once all bytes are read; raises its error."""
        return await self._running
