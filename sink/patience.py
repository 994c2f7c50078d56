"""Waiting for what is away: when to try again, and how often to say so."""

from __future__ import annotations

import logging
from collections.abc import Callable

FIRST = 0.5
LONGEST = 15.0
"""Seconds between two tries, growing from one to the other: how long after its return ClickHouse
may stay without rows."""

SAY_AGAIN = 60.0

log = logging.getLogger("baton.sink")


class Patience:
    """Tries and how far apart they are; `clock` gives seconds and never goes back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._delay = 0.0
        self._until = 0.0
        self._since = 0.0
        self._said_at = 0.0

    def wait(self, reason: str) -> None:
        """A try failed: wait longer than before. Says so the first time and then now and again."""
        now = self._clock()
        if not self._delay:
            self._since = now
        if not self._delay or now - self._said_at >= SAY_AGAIN:
            self._said_at = now
            log.warning("waiting (%.0f s so far, nothing is lost): %s", now - self._since, reason)
        self._delay = min(LONGEST, self._delay * 2 or FIRST)
        self._until = now + self._delay

    def waiting(self) -> bool:
        """Whether the next try lies ahead."""
        return self.left() > 0

    def left(self) -> float:
        """Seconds until the next try."""
        return max(0.0, self._until - self._clock())

    def tried(self) -> bool:
        """Whether the last try failed."""
        return self._delay > 0

    def over(self) -> None:
        """A try went well."""
        if self._delay:
            log.info("going on after %.1f s", self._clock() - self._since)
        self._delay = 0.0
