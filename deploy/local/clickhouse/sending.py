"""The ways in which a result goes to its client: whole, as it comes, or once its end is known."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass

from aiohttp import web

from deploy.local.clickhouse.answer import Answer, Stream, Whole
from deploy.local.clickhouse.body import CHUNK_BYTES, InThread
from deploy.local.clickhouse.errors import ClickHouseError
from deploy.local.clickhouse.flow import Flow
from deploy.local.clickhouse.results import Result

_IN_MEMORY = 16 << 20
SPOOL_BYTES = 256 << 20


@dataclass(frozen=True)
class Sending:
    """The answer to one request."""

    request: web.BaseRequest
    answer: Answer
    in_thread: InThread
    limit: int = SPOOL_BYTES

    async def whole(self, data: bytes, form: str | None, result: Result) -> Whole:
        """All of it at once; a thread compresses what is large."""
        if self.answer.encoding and len(data) > CHUNK_BYTES:
            return await self.in_thread(self.answer.short, data, form, result)
        return self.answer.short(data, form, result)

    async def streamed(self, flow: Flow, form: str, first: bytes) -> web.StreamResponse:
        """Each piece as it comes."""
        stream = await self._begun(form)
        await stream.write(first)
        return await self._rest(flow, stream)

    async def spooled(self, flow: Flow, form: str) -> web.StreamResponse:
        """Nothing before the end (`wait_end_of_query=1`), or before as much as may lie here."""
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as spool:
            size = 0
            while size < self.limit and (piece := await flow.next()):
                size += spool.write(piece)
            spool.seek(0)
            if size < self.limit:
                result = await flow.result()
                if size <= CHUNK_BYTES:
                    return self.answer.short(spool.read(), form, result)
            stream = await self._begun(form)
            while piece := spool.read(CHUNK_BYTES):
                await stream.write(piece)
            return await self._rest(flow, stream)

    async def _begun(self, form: str) -> Stream:
        stream = self.answer.stream(form, self.in_thread)
        await stream.begin(self.request)
        return stream

    async def _rest(self, flow: Flow, stream: Stream) -> web.StreamResponse:
        while piece := await flow.next():
            await stream.write(piece)
        try:
            await flow.result()
        except ClickHouseError as problem:
            await stream.fail(problem)
        else:
            await stream.end()
        return stream.response
