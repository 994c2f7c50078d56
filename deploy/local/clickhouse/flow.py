"""A result on its way: the engine produces it in a thread, the event loop takes it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from deploy.local.clickhouse.handle import Result


class Source(Protocol):
    """Where the bytes arrive: a handle's pipe, or a channel."""

    def read(self) -> bytes:
        """What there is now, or nothing; never waits."""

    def watch(self, notify: Callable[[], None]) -> None:
        """Call when there is something to read."""

    def unwatch(self) -> None:
        """Do not call any more."""

    def close(self) -> None:
        """Let the writer go on without a reader."""


class Flow:
    """The bytes of one running statement, and, at their end, its result or error."""

    def __init__(self, source: Source, running: asyncio.Future[Result]) -> None:
        self._source, self._running = source, running
        self._news = asyncio.Event()
        running.add_done_callback(lambda _: self._news.set())

    async def next(self, patience: float | None = None) -> bytes | None:
        """The next bytes; empty at the end; None if none came within `patience` seconds.

        Nothing is read ahead: while nobody calls, the source fills up and the engine waits.
        """
        while not (data := self._source.read()):
            if self._running.done():
                return self._source.read()
            if not await self._wait(patience):
                return None
        return data

    async def _wait(self, patience: float | None) -> bool:
        self._news.clear()
        self._source.watch(self._news.set)
        try:
            if self._running.done():
                return True
            if patience is None:
                return await self._news.wait()
            await asyncio.wait_for(self._news.wait(), patience)
            return True
        except TimeoutError:
            return False
        finally:
            self._source.unwatch()

    async def result(self) -> Result:
        """What the statement touched, once all bytes are read; raises its error."""
        return await self._running
