"""How much one caller may ask: so many requests a second, and so many at a time."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from weakref import WeakValueDictionary

from queries.errors import TooManyRequests

RUNNING = 8
"""Requests of one token that are worked on at a time: a fifth of the threads there are."""
WAITING = 100
"""More of one token that wait for their turn are refused."""
_FORGET_AFTER = 10_000


class Rate:
    """A bucket per caller: `per_second` requests on average, bursts of five seconds' worth."""

    def __init__(self, per_second: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._monotonic = monotonic
        self._callers: dict[str, tuple[float, float]] = {}

    def take(self, caller: str) -> None:
        """Count one request; raises TooManyRequests."""
        now = self._monotonic()
        full = 5 * self._per_second
        left, at = self._callers.get(caller, (full, now))
        left = min(full, left + (now - at) * self._per_second)
        if left < 1:
            raise TooManyRequests(max(1, round((1 - left) / self._per_second)))
        if len(self._callers) > _FORGET_AFTER:
            self._callers.clear()
        self._callers[caller] = (left - 1, now)


class Places:
    """Slow questions of one caller wait for each other, and not those of others for them."""

    def __init__(self, running: int = RUNNING, waiting: int = WAITING) -> None:
        self._running, self._waiting = running, waiting
        self._places: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._there: Counter[str] = Counter()

    async def take(self, caller: str) -> Callable[[], None]:
        """A place, when there is one, and what gives it back; raises TooManyRequests."""
        if self._there[caller] >= self._running + self._waiting:
            raise TooManyRequests(1)
        place = self._places.setdefault(caller, asyncio.Semaphore(self._running))
        self._there[caller] += 1
        try:
            await place.acquire()
        except BaseException:
            self._leave(caller)
            raise
        held = True

        def give_back() -> None:
            nonlocal held
            if held:
                held = False
                place.release()
                self._leave(caller)

        return give_back

    def _leave(self, caller: str) -> None:
        self._there[caller] -= 1
        if not self._there[caller]:
            del self._there[caller]
