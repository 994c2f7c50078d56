"""The HTTP server: routes, life cycle, and what goes wrong at start."""

from __future__ import annotations

import asyncio
import logging
import signal
from dataclasses import replace
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import RawHeaders

from deploy.local.clickhouse.answer import Answer
from deploy.local.clickhouse.body import PATIENCE
from deploy.local.clickhouse.connection import MAX_CONNECTIONS, Connection, Server
from deploy.local.clickhouse.engine import Engine
from deploy.local.clickhouse.errors import BAD_ARGUMENTS, UNKNOWN_EXCEPTION, ClickHouseError, error
from deploy.local.clickhouse.front import Front
from deploy.local.clickhouse.request import Call, new_query_id, read_call
from deploy.local.clickhouse.statement import SHORT
from deploy.local.clickhouse.users import Users

log = logging.getLogger(__name__)
HOST = "127.0.0.1"
_MAX_LINE, _READ_BYTES = 1 << 20, 1 << 20
_GRACE = 5.0
_HEALTH, _STATEMENTS = ("/ping", "/replicas_status"), ("/", "/query")
_METHODS = ("GET", "HEAD", "POST")
_KNOWN = 256
_ID_LENGTH = 1000


class Routes:
    """The routes of ClickHouse's HTTP interface."""

    def __init__(self, front: Front) -> None:
        self._front = front
        # Clients repeat themselves: what a request asks for, by all of it but its body.
        self._known: dict[tuple[str, str, RawHeaders], Call] = {}

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        connection = request.protocol
        if not isinstance(connection, Connection):
            raise ConnectionError
        connection.began()
        known = False
        try:
            response = await self._answer(request)
            known = response.status not in (401, 403)
            return response
        finally:
            connection.ended(known)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        key = request.method, request.raw_path, request.raw_headers
        call = self._known.get(key)
        if call is None:
            if request.path not in (*_HEALTH, *_STATEMENTS):
                raise web.HTTPNotFound
            if request.method not in _METHODS:
                raise web.HTTPMethodNotAllowed(request.method, _METHODS)
            asks = request.method == "POST" or "query" in request.query
            if request.path in _HEALTH or not asks:
                return web.Response(text="Ok.\n")
        return await self._run(request, call, key)

    async def _run(
        self, request: web.BaseRequest, call: Call | None, key: tuple[str, str, RawHeaders]
    ) -> web.StreamResponse:
        answer = self._front.answer()
        try:
            if call is None:
                call = self._read(request, answer, key)
            else:
                answer.query_id = new_query_id()
            return await self._front.serve(request, call, answer)
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

    def _read(
        self, request: web.BaseRequest, answer: Answer, key: tuple[str, str, RawHeaders]
    ) -> Call:
        given = dict(request.query.items())
        known_id = given.pop("query_id", "")
        answer.query_id = known_id or new_query_id()
        if not (known_id.isprintable() and len(known_id) <= _ID_LENGTH):
            answer.query_id = new_query_id()
            raise error(BAD_ARGUMENTS, "query_id is too long, or no HTTP header can have it")
        if request.content_type == "multipart/form-data":
            # Who asks must be known before any of the form is read.
            return replace(read_call(request.method, request.headers, given), has_form=True)
        call = read_call(request.method, request.headers, given)
        if not known_id and len(request.raw_path) <= SHORT:
            if len(self._known) == _KNOWN:
                self._known.clear()
            self._known[key] = call
        return call


async def serve(
    path: Path, port: int, users: Users, memory: int, patience: float = PATIENCE
) -> None:
    """Serve a data directory on loopback until SIGTERM or SIGINT.

    `patience` is for how many seconds a client is waited for that neither sends nor takes anything.

    Raises:
        DataDirectoryTaken: Another server has it.
        OSError: The port is taken.
    """
    engine = Engine(path, users, memory)
    front = Front(engine, users, patience)
    runner = web.ServerRunner(
        Server(
            Routes(front).serve,
            patience,
            MAX_CONNECTIONS,
            handler_cancellation=True,
            access_log=None,
            auto_decompress=False,
            max_line_size=_MAX_LINE,
            max_field_size=_MAX_LINE,
            read_bufsize=_READ_BYTES,
            lingering_time=1.0,
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
