"""Lines that a library writes many times a second while Kafka is away, made readable."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

APART = 10.0
"""Seconds between two lines of the same kind."""

_KINDS = 200  # a library may build its texts itself: each is a kind of its own then


class Repeats(logging.Filter):
    """Lets a line of a kind (logger, level, text before its arguments) through once in a while, and
    says then how many it held back. Baton's own lines all pass."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._kinds: dict[tuple[str, int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is to be written; see logging.Filter."""
        if record.name.split(".")[0] == "baton":
            return True
        kind, now = (record.name, record.levelno, str(record.msg)), self._clock()
        since, held = self._kinds.pop(kind, (now - APART, 0))
        if now - since < APART:
            self._kinds[kind] = since, held + 1
            return False
        while len(self._kinds) >= _KINDS:
            del self._kinds[next(iter(self._kinds))]
        self._kinds[kind] = now, 0
        if held:
            record.msg = f"{record.msg} (and {held} more like it in {now - since:.0f} s)"
        return True
