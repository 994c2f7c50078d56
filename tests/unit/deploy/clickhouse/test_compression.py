"""Bodies in pieces: whatever the cut, whatever the number of frames."""

from __future__ import annotations

import gzip
from typing import Any

import lz4.frame
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.clickhouse.compression import choose, decoder, encoder
from deploy.local.clickhouse.errors import ClickHouseError

# Others' compressors, and how to read what ours make.
THEIRS: dict[str, tuple[Any, Any]] = {
    "gzip": (gzip.compress, gzip.decompress),
    "lz4": (lz4.frame.compress, lz4.frame.decompress),
    "zstd": (
        zstandard.ZstdCompressor().compress,
        lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
    ),
}


@pytest.mark.parametrize("name", THEIRS)
@given(frames=st.lists(st.binary(max_size=400), min_size=1, max_size=4), cut=st.integers(1, 50))
def test_frames_one_after_the_other(name: str, frames: list[bytes], cut: int) -> None:
    compress, _ = THEIRS[name]
    packed = b"".join(map(compress, frames))
    body = decoder(name)
    cuts = (packed[at : at + cut] for at in range(0, len(packed), cut))
    pieces = [piece for each in cuts for piece in body.decode(each)]
    body.finish()
    assert b"".join(pieces) == b"".join(frames)


@pytest.mark.parametrize("name", THEIRS)
@given(pieces=st.lists(st.binary(max_size=400), max_size=4))
def test_others_read_what_is_made(name: str, pieces: list[bytes]) -> None:
    body = encoder(name)
    packed = b"".join(map(body.encode, pieces)) + body.finish()
    assert THEIRS[name][1](packed) == b"".join(pieces)


@pytest.mark.parametrize("name", THEIRS)
def test_what_is_broken_or_cut_short_is_an_error(name: str) -> None:
    compress, _ = THEIRS[name]
    body = decoder(name)
    list(body.decode(compress(b"x" * 1000)[:-4]))
    with pytest.raises(ClickHouseError, match="cut short"):
        body.finish()
    with pytest.raises(ClickHouseError, match="CANNOT_DECOMPRESS"):
        list(decoder(name).decode(b"this is not compressed at all, and long enough to see it"))


def test_the_first_encoding_that_can_be_made() -> None:
    assert choose("snappy, zstd;q=0.5, gzip") == "zstd"
    assert choose("identity") == ""
    assert choose("clickhouse") == ""
    with pytest.raises(ClickHouseError, match="Unknown Content-Encoding"):
        decoder("rot13")


@pytest.mark.parametrize("name", THEIRS)
def test_a_bomb_comes_out_in_small_pieces(name: str) -> None:
    compress, _ = THEIRS[name]
    packed = compress(bytes(256 << 20))
    total = largest = 0
    for piece in decoder(name).decode(packed):
        total, largest = total + len(piece), max(largest, len(piece))
    assert total == 256 << 20
    assert largest <= 4 << 20


def test_a_window_that_is_too_large_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    packed = compressor.compress(b"x" * 1000) + compressor.flush()
    with pytest.raises(ClickHouseError, match="CANNOT_DECOMPRESS"):
        list(decoder("zstd").decode(packed))


def test_encodings_that_no_client_needs_are_unknown() -> None:
    for name in ("deflate", "xz", "bz2", "br"):
        assert choose(name) == ""
        with pytest.raises(ClickHouseError, match="Unknown Content-Encoding"):
            decoder(name)
