"""Being caught up: everything that the log held at some time is in ClickHouse."""

from __future__ import annotations

import time

from sink.group import Group
from sink.writer import Unavailable

EVERY = 0.25
"""Seconds between two looks at the committed offsets."""


class CaughtUp:
    """Whether the group, all its members together, has written what was there at the first look.

    The log's end counts open transactions too: rows that were committed a moment before the look
    may not be readable yet, and are waited for.
    """

    def __init__(self, group: Group) -> None:
        self._group = group
        self._ends: dict[int, int] = {}
        self._looked_at = float("-inf")

    def __call__(self) -> bool:
        """True once caught up; asks Kafka at most every quarter of a second."""
        now = time.monotonic()
        if now - self._looked_at < EVERY:
            return False
        self._looked_at = now
        try:
            return self._reached()
        except Unavailable:
            return False

    def _reached(self) -> bool:
        if not self._ends:
            self._ends = self._group.ends()
        committed = self._group.committed(self._ends)
        return all(
            end == 0 or (at is not None and at.offset >= end)
            for end, at in ((self._ends[p], at) for p, at in committed.items())
        )
