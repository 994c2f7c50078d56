"""Blocks on their way from the engine's thread to the event loop, a few at a time."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable

ROOM_BYTES = 4 << 20


class Abandoned(Exception):
    """Nobody will read what is put."""


class Channel:
    """A bounded queue of bytes: a thread puts, the event loop reads without ever waiting."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._pieces: deque[bytes] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self._notify: Callable[[], None] | None = None
        self._enough = 0
        self._closed = False

    def put(self, data: bytes) -> None:
        """Add bytes; waits while there is no room.

        Raises:
            Abandoned: The reader has closed the channel.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._bytes < ROOM_BYTES or self._closed)
            if self._closed:
                raise Abandoned
            self._pieces.append(data)
            self._bytes += len(data)
            notify = self._notify if self._bytes >= self._enough else None
        if notify is not None:
            self._loop.call_soon_threadsafe(notify)

    def read(self) -> bytes:
        """The oldest bytes; empty if there are none now."""
        with self._changed:
            if not self._pieces:
                return b""
            data = self._pieces.popleft()
            self._bytes -= len(data)
            self._changed.notify_all()
            return data

    def watch(self, notify: Callable[[], None], enough: int) -> None:
        """Have `notify` called in the event loop when there are at least so many bytes to read."""
        with self._changed:
            self._notify, self._enough = notify, enough
            ready = self._bytes >= enough
        if ready:
            notify()

    def unwatch(self) -> None:
        """No more calls."""
        with self._changed:
            self._notify = None

    def close(self) -> None:
        """Let a thread that waits for room go."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
