"""One statement's life: from the request to the engine and back, or cancelled on the way."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from typing import Any, NamedTuple

from aiohttp import web

from deploy.local.clickhouse import native, work
from deploy.local.clickhouse.abandoned import KILL_EVERY, Abandoned
from deploy.local.clickhouse.answer import Answer
from deploy.local.clickhouse.body import CHUNK_BYTES, Body, pour, read_statement
from deploy.local.clickhouse.channel import Channel
from deploy.local.clickhouse.engine import Engine
from deploy.local.clickhouse.errors import ClickHouseError
from deploy.local.clickhouse.flow import Flow, Source
from deploy.local.clickhouse.handle import Handle, Result
from deploy.local.clickhouse.plan import Mode, Plan, marked, plan, refuse_insert
from deploy.local.clickhouse.refusals import settings_refusal
from deploy.local.clickhouse.request import Call
from deploy.local.clickhouse.running import MAX_QUERIES, Entry, Running, renamed
from deploy.local.clickhouse.sessions import Session, Sessions
from deploy.local.clickhouse.statement import Insert, Query
from deploy.local.clickhouse.threads import Job, Threads
from deploy.local.clickhouse.users import User, Users

log = logging.getLogger(__name__)
_SPOOL_BYTES = 16 << 20
_CONTROL_THREADS = 4


class Task(NamedTuple):
    """A statement, who asked for it, and what it runs with."""

    call: Call
    user: User
    session: Session | None
    entry: Entry
    database: str
    settings: Mapping[str, str]


def _task(call: Call, user: User, session: Session | None, entry: Entry) -> Task:
    """What the request says goes before what its session says."""
    if session is None:
        return Task(call, user, None, entry, call.database or "default", call.settings)
    database = call.database or session.database or "default"
    return Task(call, user, session, entry, database, {**session.settings, **call.settings})


class Front:
    """Serves requests from one engine."""

    def __init__(self, engine: Engine, users: Users) -> None:
        self._engine, self._users = engine, users
        self.sessions, self.running = Sessions(), Running()
        self.workers = Threads(MAX_QUERIES, "statement")
        # No statement can use these up.
        self._control = Threads(_CONTROL_THREADS, "control")
        self._abandoned = Abandoned(engine, self._control)

    def answer(self) -> Answer:
        """An answer to begin with."""
        return Answer(self._engine.version, self._engine.timezone)

    async def serve(
        self, request: web.BaseRequest, call: Call, body: Body, answer: Answer
    ) -> web.StreamResponse:
        """Run what a request asks for.

        Raises:
            ClickHouseError: Before anything was sent.
        """
        user = self._users.authenticate(call.user, call.password)
        answer.encoding = call.encoding
        if problem := settings_refusal(call.settings, user.reads_only):
            raise problem
        with (
            self.running.enter(answer.query_id, user.name) as entry,
            self._session(user, call) as session,
        ):
            task = _task(call, user, session, entry)
            statement, first = await read_statement(call.query, body)
            if isinstance(statement, Insert):
                return await self._insert(task, statement, first, body, answer)
            return await self._query(request, task, statement, answer)

    def _session(self, user: User, call: Call) -> AbstractContextManager[Session | None]:
        if call.session_id is None:
            return nullcontext()
        return self.sessions.use(
            user.name,
            call.session_id,
            call.session_timeout,
            call.session_check,
            call.session_last,
        )

    async def _insert(
        self, task: Task, insert: Insert, first: bytes, body: Body, answer: Answer
    ) -> web.StreamResponse:
        refuse_insert(task.call, task.user, insert)
        handle = await self._lend(task)
        spool = handle.spool()
        try:
            last = await pour(first, body, lambda rows: self.workers.run(spool.write, rows))
        except BaseException:
            spool.close()
            self._return(task, handle, tainted=False)
            raise
        known = replace(insert, head=marked(task.entry.query_id, insert.head))
        parameters = task.call.parameters
        running = self.workers.run(work.insert_rows, handle, known, parameters, spool, last)
        try:
            result = await running
        except ClickHouseError:
            self._return(task, handle, tainted=True)
            raise
        except BaseException:
            self._abandon(task, handle, running, kills=False)
            raise
        finally:
            # To remove a large file takes a while, for which nobody has to wait.
            running.when_done(lambda: self.workers.run(spool.close))
        self._return(task, handle, tainted=False)
        return answer.short(b"", None, result)

    async def _query(
        self, request: web.BaseRequest, task: Task, query: Query, answer: Answer
    ) -> web.StreamResponse:
        handle = await self._lend(task)
        work_done: Job[Result] | None = None
        channel: Channel | None = None
        try:
            todo = plan(handle, task.call, task.user, query, task.settings)
            if todo.kills:
                todo = todo._replace(before=await self._control.run(self._renamed, query))
            if todo.mode is Mode.BLOCKS:
                channel = Channel(asyncio.get_running_loop())
            work_done = self._start(task, handle, todo, channel)
            if todo.mode is Mode.DIRECT:
                response = await self._whole(work_done, todo, answer)
            else:
                source: Source = channel or handle.pipe
                response = await self._respond(request, task, Flow(source, work_done), todo, answer)
            # Sent first: nobody has to wait for what is put away after it.
            await response.prepare(request)
            await response.write_eof()
        except ClickHouseError:
            self._return(task, handle, tainted=bool(task.call.externals))
            raise
        except BaseException:
            if channel is not None:
                channel.close()
            self._abandon(task, handle, work_done)
            raise
        self._return(task, handle, todo.taints, todo.sticks)
        work.remember(task.session, handle, query)
        return response

    def _start(
        self, task: Task, handle: Handle, todo: Plan, channel: Channel | None
    ) -> Job[Result]:
        def describe() -> dict[str, list[str]]:
            return self._describe(task, todo)

        sql = todo.sql(task.entry.query_id, handle.pipe.path)
        return self.workers.run(work.run, handle, todo, sql, channel, describe)

    def _describe(self, task: Task, todo: Plan) -> dict[str, list[str]]:
        """The types of a result, by a handle of its own: the statement's is busy with it."""
        handle = self._engine.lend(task.user, task.database, task.settings)
        try:
            description = handle.execute(todo.described, "JSONCompact", todo.parameters).data
        except ClickHouseError as problem:  # it reads a temporary table, of another handle
            log.info("no types for %s: %s", task.entry.query_id, problem)
            return {}
        finally:
            self._engine.put_back(handle)
        return native.zones(description)

    async def _whole(
        self, work_done: Job[Result], todo: Plan, answer: Answer
    ) -> web.StreamResponse:
        result = await work_done
        has_rows = result.data or todo.described
        return answer.short(result.data, todo.format if has_rows else None, result)

    async def _respond(
        self, request: web.BaseRequest, task: Task, flow: Flow, todo: Plan, answer: Answer
    ) -> web.StreamResponse:
        if task.call.wait_end:
            return await self._spooled(request, flow, todo, answer)
        first, ended = await flow.first()
        if ended:
            return answer.short(first, todo.format, await flow.result())
        return await self._streamed(request, flow, todo, answer, first)

    async def _streamed(
        self, request: web.BaseRequest, flow: Flow, todo: Plan, answer: Answer, first: bytes
    ) -> web.StreamResponse:
        stream = answer.stream(todo.format)
        await stream.begin(request)
        piece = first
        while piece:
            await stream.write(piece)
            piece = await flow.next()
        try:
            await flow.result()
        except ClickHouseError as problem:
            await stream.fail(problem)
        else:
            await stream.end()
        return stream.response

    async def _spooled(
        self, request: web.BaseRequest, flow: Flow, todo: Plan, answer: Answer
    ) -> web.StreamResponse:
        """Send nothing before the end is known (`wait_end_of_query=1`)."""
        with tempfile.SpooledTemporaryFile(_SPOOL_BYTES) as spool:
            size = 0
            while piece := await flow.next():
                size += spool.write(piece)
            result = await flow.result()
            spool.seek(0)
            if size <= CHUNK_BYTES:
                return answer.short(spool.read(), todo.format, result)
            stream = answer.stream(todo.format)
            await stream.begin(request)
            while piece := spool.read(CHUNK_BYTES):
                await stream.write(piece)
            await stream.end()
            return stream.response

    async def _lend(self, task: Task) -> Handle:
        wanted = (task.user, task.database, task.settings)
        handle = task.session.handle if task.session else None
        if handle is not None:
            await self.workers.run(handle.configure, task.database, task.settings)
        else:
            handle = self._engine.lend_ready(*wanted)
        if handle is None:
            handle = await self._lent(wanted)
        task.entry.handle = handle
        return handle

    async def _lent(self, wanted: tuple[User, str, Mapping[str, str]]) -> Handle:
        """A handle from a thread; one that nobody waits for any more goes back."""
        lending = self.workers.run(self._engine.lend, *wanted)
        try:
            return await lending
        except asyncio.CancelledError:
            lending.when_done(lambda: self._not_wanted(lending))
            raise

    def _not_wanted(self, lending: Job[Handle]) -> None:
        with suppress(ClickHouseError):
            self._engine.put_back(lending.result())

    def _return(self, task: Task, handle: Handle, tainted: bool, sticks: bool = False) -> None:
        task.entry.handle = None
        if task.session is not None and (sticks or task.session.handle is handle):
            task.session.handle = handle
        elif tainted or sticks:
            handle.close()
        else:
            self._engine.put_back(handle)

    def _abandon(
        self, task: Task, handle: Handle, running: Job[Any] | None, kills: bool = True
    ) -> None:
        """Close a handle whose client went away once its statement has ended, killed or not.

        An INSERT of which all rows are there is not killed: that would leave half of them.
        """
        task.entry.handle = None
        if task.session is not None and task.session.handle is handle:
            task.session.handle = None
        self._abandoned.take(handle, running, kills)

    def _renamed(self, query: Query) -> str:
        found = {name: self._engine.query_id(h) for name, h in self.running.named(query).items()}
        return renamed(query, {name: engine for name, engine in found.items() if engine})

    async def close(self) -> None:
        """Stop all statements, drop all sessions."""
        while self.running or self._abandoned:
            await self._control.run(self._engine.kill_all)
            await asyncio.sleep(KILL_EVERY)
        self.sessions.expire(all_of_them=True)
        self.workers.close()
        self._control.close()
