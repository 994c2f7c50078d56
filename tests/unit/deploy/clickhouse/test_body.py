"""Bodies: read in pieces, decoded, and poured while the next pieces arrive."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

from deploy.local.clickhouse import compression
from deploy.local.clickhouse.body import CHUNK_BYTES, Body, pour, read_statement
from deploy.local.clickhouse.errors import ClickHouseError
from deploy.local.clickhouse.statement import Insert, Query

PIECE = bytes(range(256)) * 1024


def body_of(pieces: Iterable[bytes], encoding: str = "") -> Body:
    stream = iter(pieces)

    async def read() -> bytes:
        return next(stream, b"")

    async def in_thread(call: Callable[..., Any], *arguments: Any) -> Any:
        return call(*arguments)

    return Body(read, compression.decoder(encoding), in_thread)


async def poured(body: Body, first: bytes = b"") -> list[Sequence[bytes]]:
    written: list[Sequence[bytes]] = []

    async def write(pieces: Sequence[bytes]) -> None:
        written.append(pieces)

    last = await pour(first, body, write)
    return [*written, last]


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 20])
async def test_rows_are_handed_on_as_they_came_a_mebibyte_at_a_time(count: int) -> None:
    body = body_of([PIECE] * count)
    steps = await poured(body)
    assert body.ended
    assert all(piece is PIECE for step in steps for piece in step)
    assert sum(map(len, steps)) == count
    assert all(sum(map(len, step)) <= CHUNK_BYTES for step in steps)


async def test_what_follows_the_statement_comes_first() -> None:
    steps = await poured(body_of([PIECE] * 6), b"first")
    assert b"".join(b"".join(step) for step in steps) == b"first" + PIECE * 6


async def test_a_compressed_body_is_decoded() -> None:
    packed = gzip.compress(PIECE * 40, 1)
    cut = [packed[at : at + 1000] for at in range(0, len(packed), 1000)]
    steps = await poured(body_of(cut, "gzip"))
    assert b"".join(b"".join(step) for step in steps) == PIECE * 40
    with pytest.raises(ClickHouseError):
        await poured(body_of(cut[:-1], "gzip"))


async def test_a_statement_in_pieces() -> None:
    statement, rows = await read_statement(
        b"", body_of([b"INSERT INTO t FOR", b"MAT CSV\n1,", b"2\n"])
    )
    assert isinstance(statement, Insert)
    assert (statement.format, rows) == ("CSV", b"1,2\n")
    statement, rows = await read_statement(b"SELECT 1", body_of([b"+ 1", b" FORMAT CSV"]))
    assert isinstance(statement, Query)
    assert (statement.sql, rows) == ("SELECT 1\n+ 1 \nFORMAT CSV ", b"")
