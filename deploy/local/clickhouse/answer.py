"""Answers: status, ClickHouse's headers, and bodies short or streamed."""

from __future__ import annotations

import functools
import platform
import secrets
import string
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import cast

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from multidict import CIMultiDict

from deploy.local.clickhouse import compression
from deploy.local.clickhouse.errors import REQUIRED_PASSWORD, ClickHouseError
from deploy.local.clickhouse.formats import content_type
from deploy.local.clickhouse.results import Result

_SERVER = platform.node() or "localhost"
_TAG_LETTERS = 16
# What is given to a connection at once: a client that takes less than this in its time is too slow.
_PIECE = 1 << 20
InThread = Callable[[Callable[[bytes], bytes], bytes], Awaitable[bytes]]


@dataclass
class Answer:
    """What all answers to one request have in common."""

    version: str
    timezone: str
    query_id: str = ""
    encoding: str = ""
    started: float = field(default_factory=time.perf_counter)

    def short(self, data: bytes, form: str | None, result: Result | None) -> Whole:
        """A whole answer at once; `form` is None where there is no result set."""
        headers = self._headers(form)
        if result is not None:
            headers["X-ClickHouse-Summary"] = self._summary(result)
        if self.encoding and data:
            encoder = compression.encoder(self.encoding)
            data = encoder.encode(data) + encoder.finish()
            headers |= _encoding_header(self.encoding)
        return Whole(200, headers, data)

    def failed(self, problem: ClickHouseError) -> Whole:
        """An answer that is an error; never compressed, so that everyone can read it."""
        headers = self._headers(None) | {"X-ClickHouse-Exception-Code": str(problem.code)}
        if problem.code == REQUIRED_PASSWORD[0]:
            headers["WWW-Authenticate"] = 'Basic realm="ClickHouse server HTTP API"'
        if problem.status == 503:
            headers["Retry-After"] = "1"
        return Whole(problem.status, headers, (self.error_text(problem) + "\n").encode())

    def error_text(self, problem: ClickHouseError) -> str:
        """The error with the version, which clients look for."""
        known = "(version " in problem.text
        return problem.text if known else f"{problem.text} (version {self.version})"

    def stream(self, form: str, in_thread: InThread) -> Stream:
        """An answer sent piece by piece."""
        return Stream(self, form, in_thread)

    def _headers(self, form: str | None) -> dict[str, str]:
        headers = {
            "X-ClickHouse-Server-Display-Name": _SERVER,
            "X-ClickHouse-Query-Id": self.query_id,
            "X-ClickHouse-Timezone": self.timezone,
            "Content-Type": content_type(form or ""),
        }
        if form:
            headers["X-ClickHouse-Format"] = form
        return headers

    def _summary(self, result: Result) -> str:
        elapsed = time.perf_counter() - self.started
        return (
            f'{{"read_rows":"{result.read_rows}","read_bytes":"{result.read_bytes}",'
            f'"written_rows":"{result.written_rows}","written_bytes":"{result.written_bytes}",'
            f'"total_rows_to_read":"{result.read_rows}",'
            f'"result_rows":"{result.result_rows or result.written_rows}",'
            f'"result_bytes":"{len(result.data) or result.written_bytes}",'
            f'"elapsed_ns":"{int(elapsed * 1e9)}"}}'
        )


class Whole(web.StreamResponse):
    """An answer in one piece, with these headers, and those that HTTP wants, and no more work."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        super().__init__(status=status)
        self._lines, self._data = headers, body
        self._keeps = False
        self._writer: AbstractStreamWriter | None = None

    @property
    def keep_alive(self) -> bool:
        """Whether another request may follow; known once it is prepared."""
        return self._keeps

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter:
        """Have the headers sent with what follows."""
        if self._writer is not None:
            return self._writer
        self._keeps = request.keep_alive
        self._lines["Content-Length"] = str(len(self._data))
        self._lines["Date"] = _date(int(time.time()))
        self._lines["Connection"] = "keep-alive" if self._keeps else "close"
        line = f"HTTP/1.1 {self.status} {self.reason}"
        if request.method == "HEAD":
            self._data = b""
        writer = self._writer = request.writer
        await writer.write_headers(line, cast("CIMultiDict[str]", self._lines))
        return writer

    async def write_eof(self, data: bytes = b"") -> None:
        """Send it."""
        if self._writer is None:
            return
        if len(self._data) <= _PIECE:
            await self._writer.write_eof(self._data)
            return
        for at in range(0, len(self._data), _PIECE):
            await self._writer.write(self._data[at : at + _PIECE])
        await self._writer.write_eof()


@functools.lru_cache(maxsize=1)
def _date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


class Stream:
    """A chunked answer; an error in the middle is appended as a marked block."""

    def __init__(self, answer: Answer, form: str, in_thread: InThread) -> None:
        self._answer, self._in_thread = answer, in_thread
        self._encoder = compression.encoder(answer.encoding)
        self._tag = "".join(secrets.choice(string.ascii_lowercase) for _ in range(_TAG_LETTERS))
        headers = answer._headers(form) | _encoding_header(answer.encoding)
        headers["X-ClickHouse-Exception-Tag"] = self._tag
        self.response = web.StreamResponse(headers=headers)
        self.response.enable_chunked_encoding()

    async def begin(self, request: web.BaseRequest) -> None:
        """Send the headers."""
        await self.response.prepare(request)

    async def write(self, data: bytes) -> None:
        """Send some bytes; waits while the client does not take them."""
        small = not self._answer.encoding or len(data) <= _PIECE
        encode = self._encoder.encode
        packed = encode(data) if small else await self._in_thread(encode, data)
        for at in range(0, len(packed), _PIECE):
            await self.response.write(packed if len(packed) <= _PIECE else packed[at : at + _PIECE])

    async def end(self) -> None:
        """Send the end."""
        if rest := self._encoder.finish():
            await self.response.write(rest)
        await self.response.write_eof()

    async def fail(self, problem: ClickHouseError) -> None:
        """Say what went wrong, and end."""
        text = self._answer.error_text(problem) + "\n"
        mark, size = "\r\n__exception__\r\n", len(text.encode())
        await self.write(f"{mark}{self._tag}\r\n{text}{size} {self._tag}{mark}".encode())
        self.response.force_close()
        await self.end()


def _encoding_header(encoding: str) -> dict[str, str]:
    return {"Content-Encoding": encoding} if encoding not in ("", "clickhouse") else {}
