"""Ctrl-C at a moment of our choosing: asked for, noticed, and never in the middle of a step."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator
from types import FrameType, TracebackType
from typing import Any, TypeVar, cast

Item = TypeVar("Item")
_END = object()


class Interrupts:
    """While entered, Ctrl-C and SIGTERM only count; the main loop asks, and ends in its own way."""

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
        iterator = iter(items)
        while not self.count:
            try:
                self._waiting = True
                item = next(iterator, _END)
                self._waiting = False
            except KeyboardInterrupt:
                return
            if item is _END:
                return
            yield cast(Item, item)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        if self._waiting:
            self._waiting = False
            raise KeyboardInterrupt
