"""The HTTP server: routes, life cycle, and what goes wrong at start."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

from aiohttp import MultipartReader, StreamReader, web

from deploy.local.clickhouse import compression
from deploy.local.clickhouse.answer import Answer
from deploy.local.clickhouse.body import Body
from deploy.local.clickhouse.engine import Engine
from deploy.local.clickhouse.errors import UNKNOWN_EXCEPTION, ClickHouseError
from deploy.local.clickhouse.front import Front
from deploy.local.clickhouse.request import Call, new_query_id, read_call
from deploy.local.clickhouse.users import Users

log = logging.getLogger(__name__)
HOST = "127.0.0.1"
_MAX_LINE, _READ_BYTES = 1 << 20, 1 << 20
_GRACE = 5.0
_HEALTH, _STATEMENTS = ("/ping", "/replicas_status"), ("/", "/query")
_METHODS = ("GET", "HEAD", "POST")


async def _serve(front: Front, request: web.BaseRequest) -> web.StreamResponse:
    """The routes of ClickHouse's HTTP interface."""
    if request.path not in (*_HEALTH, *_STATEMENTS):
        raise web.HTTPNotFound
    if request.method not in _METHODS:
        raise web.HTTPMethodNotAllowed(request.method, _METHODS)
    asks = request.method == "POST" or "query" in request.query
    if request.path in _HEALTH or not asks:
        return web.Response(text="Ok.\n")
    return await _run(front, request)


async def _run(front: Front, request: web.BaseRequest) -> web.StreamResponse:
    answer = front.answer()
    try:
        call, body = await _read(request, front, answer)
        return await front.serve(request, call, body, answer)
    except ClickHouseError as problem:
        log.info("%s: %s", answer.query_id, problem.text)
        return answer.failed(problem)
    except (asyncio.CancelledError, ConnectionError):
        raise
    except Exception:
        log.exception("A fault of the server's own")
        return answer.failed(
            ClickHouseError(UNKNOWN_EXCEPTION, "Code: 1002. DB::Exception: Internal error")
        )


async def _read(request: web.BaseRequest, front: Front, answer: Answer) -> tuple[Call, Body]:
    given, files = dict(request.query.items()), {}
    if request.content_type == "multipart/form-data":
        async for name, file, data in _form(request):
            if file:
                files[name] = data
            else:
                given[name] = data.decode()
    answer.query_id = given.pop("query_id", "") or new_query_id()
    call = read_call(request.method, request.headers, given, files)
    read = partial(_piece, request.content)
    return call, Body(read, compression.decoder(call.body_encoding), front.workers.run)


async def _piece(content: StreamReader) -> bytes:
    """Bytes as they came from the socket; empty at the end of the body."""
    while not content.at_eof():
        piece, _ = await content.readchunk()
        if piece:
            return piece
    return b""


async def _form(request: web.BaseRequest) -> AsyncIterator[tuple[str, bool, bytes]]:
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if isinstance(part, MultipartReader) or part.name is None:
            continue
        yield part.name, part.filename is not None, bytes(await part.read())


async def serve(path: Path, port: int, users: Users, memory: int) -> None:
    """Serve a data directory on loopback until SIGTERM or SIGINT.

    Raises:
        DataDirectoryTaken: Another server has it.
        OSError: The port is taken.
    """
    engine = Engine(path, users, memory)
    front = Front(engine, users)
    runner = web.ServerRunner(
        web.Server(
            partial(_serve, front),
            handler_cancellation=True,
            access_log=None,
            auto_decompress=False,
            max_line_size=_MAX_LINE,
            max_field_size=_MAX_LINE,
            read_bufsize=_READ_BYTES,
        ),
        shutdown_timeout=_GRACE,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        log.info("ClickHouse %s on http://%s:%d, data in %s", engine.version, HOST, port, path)
        await _signalled()
        log.info("stopping")
    finally:
        closing = asyncio.ensure_future(front.close())
        await runner.cleanup()
        await closing
        engine.close()
    log.info("stopped")


async def _signalled() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
