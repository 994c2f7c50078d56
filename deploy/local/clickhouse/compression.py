"""Bodies in gzip, deflate, lz4, zstd, br, xz, bz2: taken apart and made piece by piece."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import Any, Protocol

import cramjam
import lz4.frame
import zstandard

from deploy.local.clickhouse.blocks import BlockDecoder, BlockEncoder
from deploy.local.clickhouse.errors import (
    CANNOT_DECOMPRESS,
    UNKNOWN_COMPRESSION_METHOD,
    error,
)

_GZIP, _ZLIB = 31, 15
_STEP = 1 << 16


class Decoder(Protocol):
    """Takes a compressed body in pieces."""

    def decode(self, data: bytes) -> bytes:
        """What these bytes hold."""

    def finish(self) -> None:
        """Say that nothing follows; an error if something should."""


class Encoder(Protocol):
    """Makes a compressed body in pieces."""

    def encode(self, data: bytes) -> bytes:
        """These bytes, compressed; may be kept back in part."""

    def finish(self) -> bytes:
        """What was kept back, and the end mark."""


class Plain:
    """A body as it is, in both directions."""

    def decode(self, data: bytes) -> bytes:
        """The same."""
        return data

    encode = decode

    def finish(self) -> bytes:
        """Nothing."""
        return b""


class Frames:
    """Decodes any number of frames, one after the other."""

    def __init__(self, new: Callable[[], Any]) -> None:
        self._new, self._frame = new, new()
        self._fresh = True

    def decode(self, data: bytes) -> bytes:
        """Decode up to the end of `data`, across frames.

        Raises:
            ClickHouseError: 271, it is not what its name says.
        """
        parts = []
        try:
            for at in range(0, len(data), _STEP):
                parts.extend(self._step(data[at : at + _STEP]))
        except (zlib.error, lzma.LZMAError, OSError, RuntimeError, zstandard.ZstdError) as broken:
            raise error(CANNOT_DECOMPRESS, f"Cannot decompress the body: {broken}") from None
        return b"".join(parts)

    def _step(self, data: bytes) -> list[bytes]:
        parts = []
        while data:
            if self._frame.eof:
                self._frame = self._new()
            parts.append(self._frame.decompress(data))
            self._fresh = False
            data = (self._frame.unused_data or b"") if self._frame.eof else b""
        return parts

    def finish(self) -> None:
        """Raise 271 if the last frame is cut short."""
        if not (self._fresh or self._frame.eof):
            raise error(CANNOT_DECOMPRESS, "Cannot decompress the body: it is cut short")


class Compressor:
    """Encodes with an object that has `compress` and `flush`."""

    def __init__(self, compressor: Any, begin: bytes = b"") -> None:
        self._compressor, self._begin = compressor, begin

    def encode(self, data: bytes) -> bytes:
        """Compress; what comes out may lag behind."""
        begin, self._begin = self._begin, b""
        return begin + bytes(self._compressor.compress(data))

    def finish(self) -> bytes:
        """The rest of it."""
        return self._begin + bytes(self._compressor.flush())


class Brotli:
    """Encodes Brotli."""

    def __init__(self) -> None:
        self._out = cramjam.brotli.Compressor(3)

    def encode(self, data: bytes) -> bytes:
        """Encode these bytes."""
        self._out.compress(data)
        return bytes(self._out.flush())

    def finish(self) -> bytes:
        """The end of it."""
        return bytes(self._out.finish())


def _lz4() -> Compressor:
    frame = lz4.frame.LZ4FrameCompressor()
    return Compressor(frame, frame.begin())


_DECODERS: dict[str, Callable[[], Any]] = {
    "": Plain,
    "identity": Plain,
    "gzip": lambda: Frames(lambda: zlib.decompressobj(_GZIP)),
    "deflate": lambda: Frames(lambda: zlib.decompressobj(_ZLIB)),
    "lz4": lambda: Frames(lz4.frame.LZ4FrameDecompressor),
    "zstd": lambda: Frames(lambda: zstandard.ZstdDecompressor().decompressobj()),
    "xz": lambda: Frames(lzma.LZMADecompressor),
    "bz2": lambda: Frames(bz2.BZ2Decompressor),
    "clickhouse": BlockDecoder,
}
_ENCODERS: dict[str, Callable[[], Any]] = {
    "": Plain,
    "lz4": _lz4,
    "zstd": lambda: Compressor(zstandard.ZstdCompressor(level=1).compressobj()),
    "gzip": lambda: Compressor(zlib.compressobj(3, zlib.DEFLATED, _GZIP)),
    "deflate": lambda: Compressor(zlib.compressobj(3, zlib.DEFLATED, _ZLIB)),
    "br": Brotli,
    "xz": lambda: Compressor(lzma.LZMACompressor(preset=0)),
    "bz2": lambda: Compressor(bz2.BZ2Compressor(1)),
    "clickhouse": BlockEncoder,
}


def decoder(name: str) -> Decoder:
    """For a `Content-Encoding`, or "clickhouse" for `decompress=1`.

    Raises:
        ClickHouseError: 89, unknown.
    """
    if name.lower() not in _DECODERS:
        raise error(UNKNOWN_COMPRESSION_METHOD, f"Unknown Content-Encoding: {name}")
    made: Decoder = _DECODERS[name.lower()]()
    return made


def encoder(name: str) -> Encoder:
    """For a name that `choose` gave, "" (none), or "clickhouse" for `compress=1`."""
    made: Encoder = _ENCODERS[name]()
    return made


def choose(accepted: str) -> str:
    """The first encoding of `Accept-Encoding` that can be made; "" if there is none."""
    names = [part.split(";")[0].strip().lower() for part in accepted.split(",")]
    return next((name for name in names if name in _ENCODERS and name != "clickhouse"), "")
