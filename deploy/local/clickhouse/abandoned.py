"""Statements whose clients went away: stopped, and their handles closed."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any

from deploy.local.clickhouse.engine import Engine
from deploy.local.clickhouse.errors import ClickHouseError
from deploy.local.clickhouse.handle import Handle
from deploy.local.clickhouse.threads import Job, Threads

log = logging.getLogger(__name__)
KILL_EVERY = 0.2


class Abandoned:
    """Takes handles, with what runs on them, and sees them through to their end.

    Once is not enough to stop a statement: it may not have begun when it is first told to. All are
    told at once, as the engine looks through everything that runs to find them: where many stop,
    one by one would leave it no time for anything else.
    """

    def __init__(self, engine: Engine, control: Threads) -> None:
        self._engine, self._control = engine, control
        self._ending: set[asyncio.Task[None]] = set()
        self._killed: set[Handle] = set()
        self._killer: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._ending)

    def take(self, handle: Handle, running: Job[Any] | None, kills: bool) -> None:
        """Close a handle once what runs on it has ended, killed or not."""
        ending = asyncio.ensure_future(self._end(handle, running, kills))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def _end(self, handle: Handle, running: Job[Any] | None, kills: bool) -> None:
        handle.pipe.watch(handle.pipe.drain, 1)
        if running is not None:
            if kills:
                self._kill(handle)
            with suppress(Exception):
                await running
        self._killed.discard(handle)
        handle.pipe.unwatch()
        await self._control.run(handle.close)

    def _kill(self, handle: Handle) -> None:
        self._killed.add(handle)
        if self._killer is None or self._killer.done():
            self._killer = asyncio.ensure_future(self._kill_all())

    async def _kill_all(self) -> None:
        while self._killed:
            try:
                await self._control.run(self._engine.kill, list(self._killed))
            except ClickHouseError as problem:  # such as no memory left, which these may hold
                log.warning("cannot stop statements: %s", problem)
            await asyncio.sleep(KILL_EVERY)
