"""What was read of one partition and is not written yet. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from sink.plan import Batch
from sink.ranges import Source

ROWS = 50_000
BYTES = 8 * 1024 * 1024
PAUSE = 1.0
"""Seconds between two inserts of a partition that is read to its end: what is rare is written at
once, what is frequent once a second, since each insert is a part for ClickHouse to merge."""


@dataclass
class Buffer:
    """Messages of one partition from offset `start` on, without a break.

    `next` is the offset after them: that of the first message that is not here, or where the log
    ended when it was read to its end.
    """

    start: int
    next: int = field(init=False)
    offsets: list[int] = field(default_factory=list)
    values: list[bytes] = field(default_factory=list)
    size: int = 0
    at_end: bool = False
    written_at: float = float("-inf")

    def __post_init__(self) -> None:
        self.next = self.start

    def add(self, offset: int, value: bytes) -> None:
        """A message."""
        self.offsets.append(offset)
        self.values.append(value)
        self.size += len(value)
        self.next = offset + 1
        self.at_end = False

    def end(self, offset: int) -> None:
        """The log has no more committed messages below `offset`."""
        self.next = max(self.next, offset)
        self.at_end = True

    def full(self) -> bool:
        """Whether an insert should not wait for more."""
        return len(self.values) >= ROWS or self.size >= BYTES

    def due(self, now: float, *, eager: bool = False) -> bool:
        """Whether to write at `now` (seconds of a clock that never goes back).

        `eager`: at the end of the log, however short ago the last insert was.
        """
        if self.next == self.start:
            return False
        return self.full() or (eager and self.at_end) or now - self.written_at >= PAUSE

    def batch(self, source: Source, *, whole: bool = False) -> Batch:
        """As much as one insert takes, or the `whole` of what is here."""
        count = len(self.values) if whole else self._within_limits()
        following = self.next if count == len(self.values) else self.offsets[count]
        return Batch(source, self.start, self.offsets[:count], self.values[:count], following)

    def forget(self, next: int) -> None:
        """What lies before offset `next` is no longer wanted."""
        count = sum(offset < next for offset in self.offsets)
        self.size -= sum(map(len, self.values[:count]))
        del self.offsets[:count], self.values[:count]
        self.start = next

    def _within_limits(self) -> int:
        """How many messages one insert takes: at least one, if there is one."""
        if len(self.values) <= ROWS and self.size <= BYTES:
            return len(self.values)
        size = 0
        for count, value in enumerate(self.values[:ROWS]):
            size += len(value)
            if size > BYTES and count > 0:
                return count
        return min(ROWS, len(self.values))
