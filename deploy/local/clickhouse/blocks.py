"""ClickHouse's own compressed blocks, as `compress=1` and `decompress=1` ask for them.

A block is a CityHash128 of what follows, a method byte, the sizes with and without compression
(little-endian, the first counts these nine bytes), and the data.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import lz4.block
import zstandard
from clickhouse_cityhash.cityhash import CityHash128

from deploy.local.clickhouse.errors import (
    CANNOT_DECOMPRESS,
    CHECKSUM_DOESNT_MATCH,
    UNKNOWN_COMPRESSION_METHOD,
    error,
)

_HALVES, _HEAD = struct.Struct("<QQ"), struct.Struct("<BII")
_CHECKSUM_BYTES = 16
_LZ4, _ZSTD, _NONE = 0x82, 0x90, 0x02
_BLOCK_BYTES = 1 << 20
# Clients make blocks of a mebibyte, or as large as a row.
_LIMIT = 64 << 20


class BlockEncoder:
    """Makes LZ4 blocks."""

    def encode(self, data: bytes) -> bytes:
        """All of `data` as blocks."""
        starts = range(0, len(data), _BLOCK_BYTES)
        return b"".join(_encoded(data[at : at + _BLOCK_BYTES]) for at in starts)

    def finish(self) -> bytes:
        """Nothing: blocks need no end mark."""
        return b""


class BlockDecoder:
    """Takes blocks apart, however they are cut."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def decode(self, data: bytes) -> Iterator[bytes]:
        """What each block that is complete holds.

        Raises:
            ClickHouseError: 40, 89 or 271, they are no such blocks.
        """
        self._rest += data
        at = 0
        try:
            while size := self._complete(at):
                block, at = bytes(self._rest[at : at + size]), at + size
                yield _decoded(block)
        finally:
            del self._rest[:at]

    def _complete(self, at: int) -> int:
        """The size of the block there; 0 while not all of it is there."""
        if len(self._rest) - at < _CHECKSUM_BYTES + _HEAD.size:
            return 0
        _, size, plain_size = _HEAD.unpack_from(self._rest, at + _CHECKSUM_BYTES)
        if size < _HEAD.size or max(size, plain_size) > _LIMIT:
            raise error(CANNOT_DECOMPRESS, "Cannot decompress the body: no ClickHouse block")
        whole: int = size + _CHECKSUM_BYTES
        return whole if len(self._rest) - at >= whole else 0

    def finish(self) -> None:
        """Raise 271 if a block is cut short."""
        if self._rest:
            raise error(CANNOT_DECOMPRESS, "Cannot decompress the body: it is cut short")


def _checksum(content: bytes) -> bytes:
    number: int = CityHash128(content)  # its first half in the upper 64 bits
    return _HALVES.pack(number >> 64, number & 0xFFFFFFFFFFFFFFFF)


def _encoded(data: bytes) -> bytes:
    packed: bytes = lz4.block.compress(data, store_size=False)
    block = _HEAD.pack(_LZ4, len(packed) + _HEAD.size, len(data)) + packed
    return _checksum(block) + block


def _decoded(block: bytes) -> bytes:
    content = block[_CHECKSUM_BYTES:]
    if block[:_CHECKSUM_BYTES] != _checksum(content):
        raise error(CHECKSUM_DOESNT_MATCH, "Checksum doesn't match: corrupted data")
    method, _, size = _HEAD.unpack_from(content)
    packed = content[_HEAD.size :]
    try:
        return _unpacked(method, packed, size)
    except (lz4.block.LZ4BlockError, zstandard.ZstdError) as broken:
        raise error(CANNOT_DECOMPRESS, f"Cannot decompress the body: {broken}") from None


def _unpacked(method: int, packed: bytes, size: int) -> bytes:
    if method == _LZ4:
        return bytes(lz4.block.decompress(packed, uncompressed_size=size))
    if method == _ZSTD:
        if zstandard.frame_content_size(packed) not in (-1, size):
            raise error(CANNOT_DECOMPRESS, "Cannot decompress the body: a block of another size")
        return bytes(zstandard.ZstdDecompressor().decompress(packed, max_output_size=size))
    if method == _NONE:
        return packed
    raise error(UNKNOWN_COMPRESSION_METHOD, f"Unknown compression method: {method}")
