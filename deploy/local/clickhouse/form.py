"""A multipart form: the query, its parameters, and tables that are sent along; read with limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from aiohttp import BodyPartReader, MultipartReader, web

from deploy.local.clickhouse.body import READER_QUERY_BYTES
from deploy.local.clickhouse.errors import BAD_ARGUMENTS, QUERY_IS_TOO_LARGE, TIMEOUT, error
from deploy.local.clickhouse.request import Call, read_call
from deploy.local.clickhouse.users import User

MAX_FORM_BYTES, _MAX_PARTS = 256 << 20, 1000
# No one may be someone else by what a form says.
_LOGIN = {"user", "password", "query_id"}


async def read_form(request: web.BaseRequest, call: Call, user: User, patience: float) -> Call:
    """The call with what its form says, for a user who is known already.

    Raises:
        ClickHouseError: It is too large, too slow, or says what it cannot.
    """
    left = READER_QUERY_BYTES if user.reads_only else MAX_FORM_BYTES
    given, files = dict(request.query.items()), {}
    given.pop("query_id", None)
    try:
        async for name, file, data in _parts(request, left, patience):
            if file:
                files[name] = data
            elif name not in _LOGIN:
                given[name] = data.decode()
    except TimeoutError:
        raise error(TIMEOUT, "Timeout exceeded while reading the form") from None
    except (ValueError, AssertionError) as broken:
        raise error(BAD_ARGUMENTS, f"The form cannot be read: {broken}") from None
    return read_call(request.method, request.headers, given, files)


async def _parts(
    request: web.BaseRequest, left: int, patience: float
) -> AsyncIterator[tuple[str, bool, bytes]]:
    reader = await request.multipart()
    for _ in range(_MAX_PARTS):
        async with asyncio.timeout(patience):
            part = await reader.next()
        if part is None:
            return
        if isinstance(part, MultipartReader) or part.name is None:
            raise error(BAD_ARGUMENTS, "A part of the form has no name")
        data = await _content(part, left, patience)
        left -= len(data)
        yield part.name, part.filename is not None, data
    raise error(BAD_ARGUMENTS, f"The form has more than {_MAX_PARTS} parts")


async def _content(part: BodyPartReader, limit: int, patience: float) -> bytes:
    data = bytearray()
    while not part.at_eof():
        async with asyncio.timeout(patience):
            data += await part.read_chunk(1 << 16)
        if len(data) > limit:
            raise error(QUERY_IS_TOO_LARGE, "The form is too large")
    return bytes(data)
