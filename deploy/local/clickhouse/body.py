"""A request's body: the statement at its beginning, and the rows that may follow."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from deploy.local.clickhouse.compression import Decoder
from deploy.local.clickhouse.errors import QUERY_IS_TOO_LARGE, error
from deploy.local.clickhouse.statement import Insert, Query, find_insert, is_insert, read

CHUNK_BYTES = 1 << 20
MAX_QUERY_BYTES = 64 << 20
_SMALL = 1 << 16


class Body:
    """Decoded bytes in pieces of about a mebibyte, read no faster than they are taken."""

    def __init__(
        self,
        read: Callable[[], Awaitable[bytes]],
        decoder: Decoder,
        in_thread: Callable[[Callable[[bytes], bytes], bytes], Awaitable[bytes]],
    ) -> None:
        self._read, self._decoder, self._in_thread = read, decoder, in_thread
        self.ended = False

    async def next(self) -> bytes:
        """The next piece; empty at the end, once and for all.

        Raises:
            ClickHouseError: The body is not encoded as it says.
        """
        while not self.ended:
            raw = await self._gather()
            if len(raw) < _SMALL:
                data = self._decoder.decode(raw)
            else:
                data = await self._in_thread(self._decoder.decode, raw)
            if self.ended:
                self._decoder.finish()
            if data:
                return data
        return b""

    async def _gather(self) -> bytes:
        parts, size = [], 0
        while size < CHUNK_BYTES:
            part = await self._read()
            if not part:
                self.ended = True
                break
            parts.append(part)
            size += len(part)
        return b"".join(parts)


async def read_statement(query: bytes, body: Body) -> tuple[Insert | Query, bytes]:
    """The statement, and the first of the rows that follow an INSERT.

    The statement is what the `query` parameter says, a line break, and the body.

    Raises:
        ClickHouseError: It is too long.
    """
    text = query + b"\n" if query else b""
    while not body.ended:
        insert = find_insert(text) if is_insert(text[:CHUNK_BYTES]) else None
        if insert is not None:
            return insert, text[insert.data_at :]
        if len(text) > MAX_QUERY_BYTES:
            raise error(QUERY_IS_TOO_LARGE, f"The query is longer than {MAX_QUERY_BYTES} bytes")
        text += await body.next()
    return read(text)


async def pour(first: bytes, body: Body, write: Callable[[bytes], Awaitable[None]]) -> bytes:
    """Write an INSERT's rows; while one piece is written, the next one is read.

    Returns:
        The last piece, which is not written.

    Raises:
        ClickHouseError: The body is not encoded as it says, or cannot be written.
    """
    data = first
    while not body.ended:
        ahead = asyncio.ensure_future(body.next())
        try:
            await write(data)
            data = await ahead
        finally:
            ahead.cancel()
    return data
