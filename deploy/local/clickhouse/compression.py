"""Bodies in gzip, lz4 and zstd: taken apart and made piece by piece, none of them large."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import lz4.frame
import zstandard

from deploy.local.clickhouse.blocks import BlockDecoder, BlockEncoder
from deploy.local.clickhouse.errors import (
    CANNOT_DECOMPRESS,
    UNKNOWN_COMPRESSION_METHOD,
    error,
)

_GZIP = 31
# What comes out at once. Zstandard has no such limit, but its blocks have: of 128 KiB, and each
# takes four bytes at least, of which no more than so many are given to it at once.
_OUT_BYTES, _STEP = 1 << 20, 1 << 16
_ZSTD_STEP, _ZSTD_WINDOW = 128, 8 << 20


class Decoder(Protocol):
    """Takes a compressed body in pieces."""

    def decode(self, data: bytes) -> Iterator[bytes]:
        """What these bytes hold, in pieces, each made when it is asked for."""

    def finish(self) -> object:
        """Say that nothing follows; an error if something should."""


class Encoder(Protocol):
    """Makes a compressed body in pieces."""

    def encode(self, data: bytes) -> bytes:
        """These bytes, compressed; may be kept back in part."""

    def finish(self) -> bytes:
        """What was kept back, and the end mark."""


class Plain:
    """A body as it is, in both directions."""

    def decode(self, data: bytes) -> Iterator[bytes]:
        """The same."""
        yield data

    def encode(self, data: bytes) -> bytes:
        """The same."""
        return data

    def finish(self) -> bytes:
        """Nothing."""
        return b""


Step = Callable[[Any, bytes], tuple[bytes, bytes]]


class Frames:
    """Decodes any number of frames, one after the other.

    A step gives a frame some bytes, and has what came out and what it did not take.
    """

    def __init__(self, new: Callable[[], Any], step: Step) -> None:
        self._new, self._step, self._frame = new, step, new()
        self._fresh = True

    def decode(self, data: bytes) -> Iterator[bytes]:
        """Decode up to the end of `data`, across frames.

        Raises:
            ClickHouseError: 271, it is not what its name says.
        """
        try:
            yield from filter(None, self._decoded(data))
        except (zlib.error, RuntimeError, zstandard.ZstdError) as broken:
            raise error(CANNOT_DECOMPRESS, f"Cannot decompress the body: {broken}") from None

    def _decoded(self, data: bytes) -> Iterator[bytes]:
        size = _ZSTD_STEP if self._step is _zstd else _STEP
        for at in range(0, len(data), size):
            rest = data[at : at + size]
            while rest or self._more():
                if self._frame.eof:
                    self._frame = self._new()
                piece, rest = self._step(self._frame, rest)
                self._fresh = False
                yield piece

    def _more(self) -> bool:
        """Whether a frame has more to say without being given more."""
        return not getattr(self._frame, "needs_input", True) and not self._frame.eof

    def finish(self) -> None:
        """Raise 271 if the last frame is cut short."""
        if not (self._fresh or self._frame.eof):
            raise error(CANNOT_DECOMPRESS, "Cannot decompress the body: it is cut short")


def _gzip(frame: Any, data: bytes) -> tuple[bytes, bytes]:
    piece = frame.decompress(data, _OUT_BYTES)
    return piece, frame.unused_data if frame.eof else frame.unconsumed_tail


def _lz4(frame: Any, data: bytes) -> tuple[bytes, bytes]:
    piece = frame.decompress(data, _OUT_BYTES)
    return piece, (frame.unused_data or b"") if frame.eof else b""


def _zstd(frame: Any, data: bytes) -> tuple[bytes, bytes]:
    piece = frame.decompress(data)
    return piece, frame.unused_data if frame.eof else b""


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


def _lz4_compressor() -> Compressor:
    frame = lz4.frame.LZ4FrameCompressor()
    return Compressor(frame, frame.begin())


def _zstd_frame() -> Any:
    return zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()


_DECODERS: dict[str, Callable[[], Decoder]] = {
    "": Plain,
    "identity": Plain,
    "gzip": lambda: Frames(lambda: zlib.decompressobj(_GZIP), _gzip),
    "lz4": lambda: Frames(lz4.frame.LZ4FrameDecompressor, _lz4),
    "zstd": lambda: Frames(_zstd_frame, _zstd),
    "clickhouse": BlockDecoder,
}
_ENCODERS: dict[str, Callable[[], Encoder]] = {
    "": Plain,
    "lz4": _lz4_compressor,
    "zstd": lambda: Compressor(zstandard.ZstdCompressor(level=1).compressobj()),
    "gzip": lambda: Compressor(zlib.compressobj(3, zlib.DEFLATED, _GZIP)),
    "clickhouse": BlockEncoder,
}


def decoder(name: str) -> Decoder:
    """For a `Content-Encoding`, or "clickhouse" for `decompress=1`.

    Raises:
        ClickHouseError: 89, unknown.
    """
    if name.lower() not in _DECODERS:
        raise error(UNKNOWN_COMPRESSION_METHOD, f"Unknown Content-Encoding: {name}")
    return _DECODERS[name.lower()]()


def encoder(name: str) -> Encoder:
    """For a name that `choose` gave, "" (none), or "clickhouse" for `compress=1`."""
    return _ENCODERS[name]()


def choose(accepted: str) -> str:
    """The first encoding of `Accept-Encoding` that can be made; "" if there is none."""
    names = [part.split(";")[0].strip().lower() for part in accepted.split(",")]
    return next((name for name in names if name in _ENCODERS and name != "clickhouse"), "")
