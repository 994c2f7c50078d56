"""An asyncio loop of a simulated process: time is the world's, threads are greenlets."""

from __future__ import annotations

import asyncio
from asyncio import events
from collections.abc import Callable, Coroutine
from typing import Any

from greenlet import getcurrent

from tests.simulation.world import NEVER, Process, Task, World


class Loop(asyncio.BaseEventLoop):
    """Its selector is the scheduler."""

    def __init__(self, world: World, process: Process) -> None:
        super().__init__()
        self._world, self._process = world, process
        self._selector = self
        self._home: Task | None = None
        self.set_exception_handler(lambda *_: None)

    def __del__(self) -> None:  # of a process that was killed: there is nothing to close
        pass

    def _check_closed(self) -> None:
        pass

    def run(self, coroutine: Coroutine[Any, Any, object]) -> None:
        """Run it to its end."""
        self._home = getcurrent()  # type: ignore[assignment]
        main = self.create_task(coroutine)
        events._set_running_loop(self)
        try:
            while not main.done():
                self._run_once()
        finally:
            events._set_running_loop(None)
            for task in asyncio.all_tasks(self):
                task._log_destroy_pending = False
        main.result()

    def select(self, timeout: float | None) -> list[object]:
        """Let others run until there is something to do here."""
        world, process = self._world, self._process
        if timeout == 0 and not process.dead and process.chance.random() < 0.8:
            return []
        events._set_running_loop(None)
        if timeout == 0:
            world.step("loop", 0.0002)
        else:
            world.park(NEVER if timeout is None else world.now + timeout)
        events._set_running_loop(self)
        return []

    def _process_events(self, event_list: list[object]) -> None:
        pass

    def time(self) -> float:
        """Virtual seconds."""
        return self._world.now

    def _write_to_self(self) -> None:
        if self._home is not None:
            self._world.wake(self._home)

    def run_in_executor(self, executor: object, call: Callable[..., Any], *args: Any) -> Any:
        """In a thread of the process."""
        future = self.create_future()

        def work() -> None:
            try:
                result = call(*args)
            except Exception as error:
                self.call_soon_threadsafe(_settle, future, None, error)
            else:
                self.call_soon_threadsafe(_settle, future, result, None)

        self._world.spawn(self._process, work)
        return future


def _settle(future: asyncio.Future[Any], result: object, error: Exception | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
