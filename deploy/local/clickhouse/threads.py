"""Threads that work for the event loop: a call goes in, a job to wait for comes back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator
from contextvars import Context
from queue import SimpleQueue
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Job(Generic[T]):
    """A call that a thread makes. Who waits for it may be cancelled; the call is not."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._callbacks: list[Callable[[], object]] = []
        self._done = False
        self._result: Any = None
        self._problem: BaseException | None = None

    def done(self) -> bool:
        """Whether the call has ended."""
        return self._done

    def result(self) -> T:
        """What it gave, once it has ended; raises its error."""
        if self._problem is not None:
            raise self._problem
        result: T = self._result
        return result

    def when_done(self, callback: Callable[[], object]) -> None:
        """Have it called in the event loop at the call's end."""
        if self._done:
            self._loop.call_soon(callback)
        else:
            self._callbacks.append(callback)

    def end(self, result: T | None, problem: BaseException | None) -> None:
        """The call has ended; for the event loop's thread."""
        self._done, self._result, self._problem = True, result, problem
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def __await__(self) -> Generator[Any, None, T]:
        if not self._done:
            yield from _Wait(self._loop, self)
        return self.result()


class _Wait:
    """One task's waiting, with what a task asks of a future.

    A future has its task called by way of the event loop's queue, and `shield` twice so. Each is a
    turn of the loop, and a short statement's way back from its thread is made of such turns.
    """

    _asyncio_future_blocking = False

    def __init__(self, loop: asyncio.AbstractEventLoop, job: Job[Any]) -> None:
        self._loop = loop
        self._wake: Callable[[_Wait], object] | None = None
        self._context: Context | None = None
        self._cancelled = False
        job.when_done(self._ended)

    def __iter__(self) -> Generator[_Wait, None, None]:
        self._asyncio_future_blocking = True
        yield self

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._loop

    def add_done_callback(self, wake: Callable[[_Wait], object], *, context: Context) -> None:
        self._wake, self._context = wake, context

    def cancel(self, msg: object = None) -> bool:
        wake, self._wake = self._wake, None
        if wake is None:
            return False
        self._cancelled = True
        self._loop.call_soon(wake, self, context=self._context)
        return True

    def result(self) -> None:
        if self._cancelled:
            raise asyncio.CancelledError

    def _ended(self) -> None:
        wake, self._wake = self._wake, None
        if wake is not None and self._context is not None:
            self._context.run(wake, self)


class Threads:
    """At most `limit` threads, started as they are needed, to be used from one event loop.

    Like an executor of the standard library, but without its locks and second kind of future: a
    short statement's way to its thread and back is a good part of what it takes.
    """

    def __init__(self, limit: int, name: str) -> None:
        self._limit, self._name = limit, name
        self._loop = asyncio.get_running_loop()
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._open = 0

    def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Job[T]:
        """Have a thread call it. It runs to its end, also where nobody waits for it any more."""
        job: Job[T] = Job(self._loop)

        def work() -> None:
            try:
                result = call(*args, **kwargs)
            except BaseException as problem:
                self._loop.call_soon_threadsafe(self._ended, job, None, problem)
            else:
                self._loop.call_soon_threadsafe(self._ended, job, result, None)

        self._open += 1
        if self._open > len(self._threads) and len(self._threads) < self._limit:
            self._start()
        self._calls.put(work)
        return job

    def close(self) -> None:
        """Wait for all calls, and end the threads."""
        for _ in self._threads:
            self._calls.put(None)
        for thread in self._threads:
            thread.join()

    def _start(self) -> None:
        thread = threading.Thread(target=self._work, name=f"{self._name}-{len(self._threads)}")
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            call()
            # What it holds is not to live until the next one comes.
            del call

    def _ended(self, job: Job[Any], result: object, problem: BaseException | None) -> None:
        self._open -= 1
        job.end(result, problem)
