"""What the sink says of its work: rows written, and how far behind it is."""

from __future__ import annotations

import logging
from collections.abc import Callable

EVERY = 10.0
"""Seconds between two lines."""

log = logging.getLogger("baton.sink")


class Progress:
    """Rows written; `clock` gives seconds and never goes back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._said_at = clock()
        self._said_rows = 0
        self.rows = 0

    def wrote(self, rows: int) -> None:
        """Count rows that are in ClickHouse now."""
        self.rows += rows

    def report(self, lag: Callable[[], int]) -> None:
        """A line now and then, if anything was written since the last."""
        now = self._clock()
        if now - self._said_at < EVERY:
            return
        new = self.rows - self._said_rows
        if new:
            rate = new / (now - self._said_at)
            log.info("%s rows written, %.0f a second, lag %s", f"{self.rows:,}", rate, f"{lag():,}")
        self._said_at, self._said_rows = now, self.rows
