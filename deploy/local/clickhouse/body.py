"""A request's body: the statement at its beginning, and the rows that may follow."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from aiohttp import StreamReader

from deploy.local.clickhouse.compression import Decoder, Plain
from deploy.local.clickhouse.errors import QUERY_IS_TOO_LARGE, TIMEOUT, error
from deploy.local.clickhouse.statement import SHORT, Insert, Query, find_insert, read

T = TypeVar("T")
CHUNK_BYTES = 1 << 20
# No more is taken apart; the engine itself reads 256 KiB, where it is not told otherwise.
MAX_QUERY_BYTES, READER_QUERY_BYTES = 2 << 20, 512 << 10
PATIENCE = 30.0
_SMALL = 1 << 16


class InThread(Protocol):
    """Has a thread make a call."""

    def __call__(self, call: Callable[..., T], /, *arguments: Any) -> Awaitable[T]: ...


class Body:
    """Decoded bytes, about a mebibyte at a time, read no faster than they are taken.

    They are handed on in the pieces they came in: to put them together costs more than to send them
    through the loopback.
    """

    def __init__(
        self, read: Callable[[], Awaitable[bytes]], decoder: Decoder, in_thread: InThread
    ) -> None:
        self._read, self._decoder, self.in_thread = read, decoder, in_thread
        self._encoded = not isinstance(decoder, Plain)
        self._decoding: Iterator[bytes] | None = None
        self._is_small = self._last = False
        self.ended = False

    async def next(self) -> list[bytes]:
        """The next pieces; none at the end, once and for all.

        Raises:
            ClickHouseError: The body is not encoded as it says.
        """
        while not self.ended:
            pieces = await self._decoded() if self._encoded else await self._gather()
            if pieces:
                return pieces
        return []

    async def _gather(self) -> list[bytes]:
        pieces, size = [], 0
        while size < CHUNK_BYTES:
            piece = await self._read()
            if not piece:
                self.ended = True
                break
            pieces.append(piece)
            size += len(piece)
        return pieces

    async def _decoded(self) -> list[bytes]:
        """About a mebibyte of what the encoded pieces hold; the rest of them waits."""
        if self._decoding is None:
            raw = b"".join(await self._gather())
            self._last, self.ended = self.ended, False
            self._decoding, self._is_small = self._decoder.decode(raw), len(raw) < _SMALL
        data = self._some() if self._is_small else await self.in_thread(self._some)
        if not data:
            self._decoding = None
            if self._last:
                self._decoder.finish()
                self.ended = True
        return data

    def _some(self) -> list[bytes]:
        pieces, size = [], 0
        for piece in self._decoding or ():
            pieces.append(piece)
            size += len(piece)
            if size >= CHUNK_BYTES:
                break
        return pieces


async def piece(content: StreamReader, patience: float) -> bytes:
    """Bytes as they came from the socket; empty at the end of the body.

    Raises:
        ClickHouseError: 159, none came for so many seconds.
    """
    while not content.at_eof():
        try:
            async with asyncio.timeout(patience):
                data, _ = await content.readchunk()
        except TimeoutError:
            raise error(TIMEOUT, "Timeout exceeded while reading the body") from None
        if data:
            return data
    return b""


async def read_statement(
    query: bytes, body: Body, limit: int = MAX_QUERY_BYTES
) -> tuple[Insert | Query, bytes]:
    """The statement, and the first of the rows that follow an INSERT.

    The statement is what the `query` parameter says, a line break, and the body. It is looked for
    again only when twice as much is there, so that a long one takes no more than twice its time.

    Raises:
        ClickHouseError: It is too long.
    """
    text = query + b"\n" if query else b""
    looked_at = 0
    while not body.ended:
        if text and len(text) >= 2 * looked_at:
            looked_at = len(text)
            if insert := await _off_loop(body, find_insert, text[:limit]):
                return insert, text[insert.data_at :]
        if len(text) > limit:
            break
        text += b"".join(await body.next())
    if len(text) <= limit:
        return await _off_loop(body, read, text)
    if insert := await _off_loop(body, find_insert, text[:limit]):
        return insert, text[insert.data_at :]
    raise error(QUERY_IS_TOO_LARGE, f"The query is longer than {limit} bytes")


async def _off_loop(body: Body, call: Callable[[bytes], T], text: bytes) -> T:
    if len(text) <= SHORT:
        return call(text)
    return await body.in_thread(call, text)


async def pour(
    first: bytes, body: Body, write: Callable[[Sequence[bytes]], Awaitable[None]]
) -> Sequence[bytes]:
    """Write an INSERT's rows; while some pieces are written, the next ones are read.

    Returns:
        The last pieces, which are not written.

    Raises:
        ClickHouseError: The body is not encoded as it says, or cannot be written.
    """
    pieces: Sequence[bytes] = [first] if first else await body.next()
    while not body.ended:
        ahead = asyncio.ensure_future(body.next())
        try:
            await write(pieces)
            pieces = await ahead
        finally:
            ahead.cancel()
    return pieces
