"""A request's body: the statement at its beginning, and the rows that may follow."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from deploy.local.clickhouse.compression import Decoder, Plain
from deploy.local.clickhouse.errors import QUERY_IS_TOO_LARGE, error
from deploy.local.clickhouse.statement import Insert, Query, find_insert, is_insert, read

CHUNK_BYTES = 1 << 20
MAX_QUERY_BYTES = 64 << 20
_SMALL = 1 << 16


class Body:
    """Decoded bytes, about a mebibyte at a time, read no faster than they are taken.

    They are handed on in the pieces they came in: to put them together costs more than to send them
    through the loopback.
    """

    def __init__(
        self,
        read: Callable[[], Awaitable[bytes]],
        decoder: Decoder,
        in_thread: Callable[[Callable[[bytes], bytes], bytes], Awaitable[bytes]],
    ) -> None:
        self._read, self._decoder, self._in_thread = read, decoder, in_thread
        self.ended = False

    async def next(self) -> list[bytes]:
        """The next pieces; none at the end, once and for all.

        Raises:
            ClickHouseError: The body is not encoded as it says.
        """
        while not self.ended:
            pieces = await self._gather()
            if not isinstance(self._decoder, Plain):
                pieces = await self._decoded(b"".join(pieces))
            if self.ended:
                self._decoder.finish()
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

    async def _decoded(self, raw: bytes) -> list[bytes]:
        small = len(raw) < _SMALL
        data = (
            self._decoder.decode(raw) if small else await self._in_thread(self._decoder.decode, raw)
        )
        return [data] if data else []


async def read_statement(query: bytes, body: Body) -> tuple[Insert | Query, bytes]:
    """The statement, and the first of the rows that follow an INSERT.

    The statement is what the `query` parameter says, a line break, and the body.

    Raises:
        ClickHouseError: It is too long.
    """
    text = query + b"\n" if query else b""
    while not body.ended:
        insert = find_insert(text) if text and is_insert(text[:CHUNK_BYTES]) else None
        if insert is not None:
            return insert, text[insert.data_at :]
        if len(text) > MAX_QUERY_BYTES:
            raise error(QUERY_IS_TOO_LARGE, f"The query is longer than {MAX_QUERY_BYTES} bytes")
        text += b"".join(await body.next())
    return read(text)


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
