"""ClickHouse's own compressed blocks; one that the engine wrote stands as the oracle."""

from __future__ import annotations

import pytest
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
    assert BlockDecoder().decode(BY_THE_ENGINE) == CONTENT


@given(st.lists(st.binary(max_size=500), max_size=4), st.integers(1, 60))
def test_there_and_back(pieces: list[bytes], cut: int) -> None:
    packed = b"".join(map(BlockEncoder().encode, pieces))
    body = BlockDecoder()
    plain = b"".join(body.decode(packed[at : at + cut]) for at in range(0, len(packed), cut))
    body.finish()
    assert plain == b"".join(pieces)


def test_what_is_damaged_or_cut_short_is_an_error() -> None:
    damaged = BY_THE_ENGINE[:-1] + b"x"
    with pytest.raises(ClickHouseError, match="CHECKSUM_DOESNT_MATCH"):
        BlockDecoder().decode(damaged)
    body = BlockDecoder()
    assert body.decode(BY_THE_ENGINE[:-1]) == b""
    with pytest.raises(ClickHouseError, match="cut short"):
        body.finish()
    with pytest.raises(ClickHouseError, match="no ClickHouse block"):
        BlockDecoder().decode(b"\xff" * 40)
