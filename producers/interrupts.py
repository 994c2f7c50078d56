"""Ctrl-C at a moment of our choosing: asked for, noticed, and never in the middle of a step."""

from __future__ import annotations

import gc
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from types import FrameType, TracebackType
from typing import Any, TypeVar, cast

Item = TypeVar("Item")
INTERRUPTED = 130
"""The exit code of a command that was interrupted."""
_END = object()


class Interrupted(Exception):
    """An interrupt came before all was read."""


@contextmanager
def _collecting_no_garbage() -> Iterator[None]:
    """An exception that is raised while garbage is collected is printed and forgotten."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


class Interrupts:
    """While entered, Ctrl-C and SIGTERM only count; the main loop asks, and ends in its own way.

    One that is never entered is never interrupted.
    """

    def __init__(self) -> None:
        self.count = 0
        self._waiting = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupts:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def until_interrupted(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items, up to an interrupt; one that comes while an item is awaited (from a pipe,
        say) ends the wait by an exception in `items`, which must do nothing but read."""
        following = partial(next, iter(items), _END)
        with suppress(Interrupted):
            while (item := self.reading(following)) is not _END:
                yield cast(Item, item)

    def reading(self, read: Callable[[], Item]) -> Item:
        """What `read` returns, which must do nothing but read: an interrupt ends it by an
        exception. Raises Interrupted, too for an interrupt that came before."""
        try:
            with _collecting_no_garbage() if self._before else nullcontext():
                try:
                    self._waiting = True
                    if self.count:
                        raise Interrupted
                    return read()
                finally:
                    self._waiting = False
        except KeyboardInterrupt:
            raise Interrupted from None

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        if self._waiting:
            self._waiting = False
            raise KeyboardInterrupt
