"""ClickHouse's own compressed blocks; one that the engine wrote stands as the oracle."""

from __future__ import annotations

import struct

import pytest
import zstandard
from clickhouse_cityhash.cityhash import CityHash128
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.clickhouse.blocks import BlockDecoder, BlockEncoder
from deploy.local.clickhouse.errors import ClickHouseError

# The file of a column of a TinyLog table that holds the one string Baton.
BY_THE_ENGINE = bytes.fromhex(
    "6e4dc75595d86061730c860ad157b48290180000000600000028b52ffd2006310000054261746f6e"
)
CONTENT = b"\x05Baton"


def test_a_block_of_the_engine() -> None:
    assert list(BlockDecoder().decode(BY_THE_ENGINE)) == [CONTENT]


@given(st.lists(st.binary(max_size=500), max_size=4), st.integers(1, 60))
def test_there_and_back(pieces: list[bytes], cut: int) -> None:
    packed = b"".join(map(BlockEncoder().encode, pieces))
    body = BlockDecoder()
    cuts = (packed[at : at + cut] for at in range(0, len(packed), cut))
    plain = b"".join(piece for each in cuts for piece in body.decode(each))
    body.finish()
    assert plain == b"".join(pieces)


def test_what_is_damaged_or_cut_short_is_an_error() -> None:
    damaged = BY_THE_ENGINE[:-1] + b"x"
    with pytest.raises(ClickHouseError, match="CHECKSUM_DOESNT_MATCH"):
        list(BlockDecoder().decode(damaged))
    body = BlockDecoder()
    assert list(body.decode(BY_THE_ENGINE[:-1])) == []
    with pytest.raises(ClickHouseError, match="cut short"):
        body.finish()
    with pytest.raises(ClickHouseError, match="no ClickHouse block"):
        list(BlockDecoder().decode(b"\xff" * 40))


def test_a_block_holds_no_more_than_it_says() -> None:
    bomb = zstandard.ZstdCompressor().compress(bytes(100 << 20))
    with pytest.raises(ClickHouseError, match="another size"):
        list(BlockDecoder().decode(_block(0x90, bomb, 1000)))
    with pytest.raises(ClickHouseError, match="no ClickHouse block"):
        list(BlockDecoder().decode(_block(0x90, bomb, 100 << 20)))


def _block(method: int, packed: bytes, size: int) -> bytes:
    content = struct.pack("<BII", method, len(packed) + 9, size) + packed
    number = CityHash128(content)
    return struct.pack("<QQ", number >> 64, number & (2**64 - 1)) + content
