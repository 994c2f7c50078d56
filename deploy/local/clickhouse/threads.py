"""Threads that work for the event loop: a call goes in, a future comes back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


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

    def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[T]:
        """Have a thread call it. It runs to its end, also where nobody waits for it any more."""
        future: asyncio.Future[T] = self._loop.create_future()

        def work() -> None:
            try:
                result = call(*args, **kwargs)
            except BaseException as problem:
                self._loop.call_soon_threadsafe(self._failed, future, problem)
            else:
                self._loop.call_soon_threadsafe(self._done, future, result)

        self._open += 1
        if self._open > len(self._threads) and len(self._threads) < self._limit:
            self._start()
        self._calls.put(work)
        return future

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

    def _done(self, future: asyncio.Future[Any], result: object) -> None:
        self._open -= 1
        if not future.done():
            future.set_result(result)

    def _failed(self, future: asyncio.Future[Any], problem: BaseException) -> None:
        self._open -= 1
        if not future.done():
            future.set_exception(problem)
