"""A result on its way: the engine writes a pipe in its thread, the event loop reads it."""

from __future__ import annotations

import asyncio

from deploy.local.clickhouse.handle import Handle, Result


class Flow:
    """The bytes of one running statement, and, at their end, its result or error."""

    def __init__(self, handle: Handle, running: asyncio.Future[Result]) -> None:
        self._pipe, self._running = handle.pipe, running
        self._news = asyncio.Event()
        running.add_done_callback(lambda _: self._news.set())

    async def next(self, patience: float | None = None) -> bytes | None:
        """The next bytes; empty at the end; None if none came within `patience` seconds.

        Nothing is read ahead: while nobody calls, the pipe fills up and the engine waits.
        """
        while not (data := self._pipe.read()):
            if self._running.done():
                return self._pipe.read()
            if not await self._wait(patience):
                return None
        return data

    async def _wait(self, patience: float | None) -> bool:
        loop = asyncio.get_running_loop()
        self._news.clear()
        loop.add_reader(self._pipe.descriptor, self._news.set)
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
            loop.remove_reader(self._pipe.descriptor)

    async def result(self) -> Result:
        """What the statement touched, once all bytes are read; raises its error."""
        return await self._running
