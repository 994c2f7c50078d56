"""Connections: who is too slow to ask, or to take an answer, is let go."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

MAX_CONNECTIONS = 1000
_HEAD_SECONDS = 10.0
# What came while the event loop was busy is seen within one turn of it.
_TURN = 0.1
_AT_ONCE = struct.pack("ii", 1, 0)


class Server(web.Server):
    """Makes these connections; of too many, the one that has asked for nothing longest goes."""

    def __init__(self, handler: Any, patience: float, limit: int, **options: Any) -> None:
        super().__init__(handler, **options)
        self._patience, self._limit = patience, limit
        # In the order in which they began to wait for a request.
        self.waiting: dict[Connection, None] = {}
        self._count = 0

    def __call__(self) -> RequestHandler:
        """A connection, for the event loop."""
        loop = asyncio.get_running_loop()
        return Connection(self, self._patience, loop=loop, **self._kwargs)

    def opened(self, connection: Connection) -> None:
        """Count it; make room for it."""
        self._count += 1
        self.waiting[connection] = None
        if self._count > self._limit:
            # One who has been known is not let go for one who is not.
            strangers = (each for each in self.waiting if not each.served)
            next(strangers, connection).abort()

    def closed(self, connection: Connection) -> None:
        """Forget it."""
        self._count -= 1
        self.waiting.pop(connection, None)


class Connection(RequestHandler):
    """One client's connection, with a time for a request's head, and for taking what is sent."""

    def __init__(self, server: Server, patience: float, **options: Any) -> None:
        super().__init__(server, **options)
        self._server, self._patience = server, patience
        self._head: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None
        self.served = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It has begun."""
        super().connection_made(transport)
        self._server.opened(self)
        self._expect_head()

    def connection_lost(self, exc: BaseException | None) -> None:
        """It has ended."""
        self._server.closed(self)
        self._stop_head()
        self._taken()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """What it sent; between two requests, the beginning of the next."""
        super().data_received(data)
        if self in self._server.waiting and self._head is None:
            self._expect_head()

    def pause_writing(self) -> None:
        """The client does not take what is sent as fast as it is made."""
        super().pause_writing()
        self._expect_taking()

    def resume_writing(self) -> None:
        """It has taken it."""
        super().resume_writing()
        self._taken()

    def began(self) -> None:
        """A request is there."""
        self._stop_head()
        self._server.waiting.pop(self, None)

    def ended(self, known: bool) -> None:
        """It is answered; `known`, by one who had the right to ask."""
        self.served = self.served or known
        if self.transport is None:
            return
        self._server.waiting[self] = None
        if not known:
            self._expect_head()
        if self.transport.get_write_buffer_size():
            self._expect_taking()

    def abort(self) -> None:
        """End it now, with all that the system still holds for it."""
        if self.transport is not None:
            made = self.transport.get_extra_info("socket")
            made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            self.transport.abort()

    def _expect_head(self) -> None:
        if self._head is None:
            seconds = min(self._patience, _HEAD_SECONDS)
            self._head = self._loop.call_later(seconds, self._head_late)

    def _head_late(self) -> None:
        self._head = self._loop.call_later(_TURN, self.abort)

    def _stop_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _expect_taking(self) -> None:
        if self._taking is None:
            self._taking = self._loop.call_later(self._patience, self._taking_late)

    def _taking_late(self) -> None:
        self._taking = self._loop.call_later(_TURN, self._not_taken)

    def _not_taken(self) -> None:
        self._taking = None
        if self.transport is not None and self.transport.get_write_buffer_size():
            self.abort()

    def _taken(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None
