"""One partition of one topic."""

from __future__ import annotations

from bisect import bisect_left
from enum import Enum

from tests.simulation.world import EPOCH


class Status(Enum):
    """What a record is to a reader."""

    PLAIN = "outside any transaction"
    OPEN = "in a transaction that has no marker"
    COMMITTED = "committed"
    ABORTED = "aborted"
    CONTROL = "a marker"


SEEN = (Status.PLAIN, Status.COMMITTED)
"""By readers of committed records."""

Headers = tuple[tuple[str, bytes], ...]


class Record:
    """A record or a marker at its offset; `timestamp` in ms."""

    __slots__ = ("headers", "key", "offset", "pid", "status", "timestamp", "value")

    def __init__(
        self, offset: int, timestamp: int, key: bytes | None, value: bytes | None, headers: Headers,
        status: Status, pid: int | None,
    ) -> None:  # fmt: skip
        self.offset, self.timestamp, self.key, self.value = offset, timestamp, key, value
        self.headers, self.status, self.pid = headers, status, pid


class Log:
    """Records from `start` on and below `end`; `all` of them there ever were, for the oracle."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.all: list[Record] = []
        self.start = self.end = 0
        self.open: dict[int, tuple[int, list[Record]]] = {}
        self._offsets: list[int] = []

    def stable(self) -> int:
        """The last stable offset: where the first open transaction begins."""
        return min((first for first, _ in self.open.values()), default=self.end)

    def append(
        self, now: float, key: bytes | None, value: bytes | None, headers: Headers = (),
        status: Status = Status.PLAIN, pid: int | None = None,
    ) -> Record:  # fmt: skip
        """A new record at the end."""
        at = int((EPOCH + now) * 1000)
        record = Record(self.end, at, key, value, headers, status, pid)
        self.records.append(record)
        self.all.append(record)
        self._offsets.append(self.end)
        self.end += 1
        if status is Status.OPEN and pid is not None:
            self.open.setdefault(pid, (record.offset, []))[1].append(record)
        return record

    def mark(self, now: float, pid: int, *, commit: bool) -> None:
        """A marker: it decides over all that is open of this producer."""
        _, found = self.open.pop(pid, (0, []))
        for record in found:
            record.status = Status.COMMITTED if commit else Status.ABORTED
        self.append(now, None, None, status=Status.CONTROL, pid=pid)

    def read(self, position: int, count: int, committed: bool) -> tuple[list[Record], int, int]:
        """Records, the position after them, and where this reader's log ends now."""
        end = self.stable() if committed else self.end
        found: list[Record] = []
        records = self.records
        index = bisect_left(self._offsets, position)
        while index < len(records) and len(found) < count:
            record = records[index]
            if record.offset >= end:
                break
            position = record.offset + 1
            if record.status in SEEN or (not committed and record.status is not Status.CONTROL):
                found.append(record)
            index += 1
        if len(found) < count:
            position = max(position, end)
        return found, position, end

    def seen(self) -> list[Record]:
        """All that readers of committed records see, now or before retention took it."""
        stable = self.stable()
        return [each for each in self.all if each.status in SEEN and each.offset < stable]

    def compact(self) -> None:
        """Of what is committed and stable only the newest of each key stays."""
        stable, newest = self.stable(), {}
        for record in self.records:
            if record.offset < stable and record.status in SEEN:
                newest[record.key] = record.offset
        self.records = [
            each
            for each in self.records
            if each.offset >= stable
            or each.offset == self.end - 1
            or (each.status in SEEN and newest[each.key] == each.offset)
        ]
        self._offsets = [each.offset for each in self.records]

    def delete_before(self, offset: int) -> None:
        """What retention does."""
        index = bisect_left(self._offsets, offset)
        del self.records[:index], self._offsets[:index]
        self.start = max(self.start, offset)
