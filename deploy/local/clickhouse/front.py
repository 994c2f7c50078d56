"""One statement's life: from the request to the engine and back, or cancelled on the way."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from functools import partial
from typing import Any

from aiohttp import web

from deploy.local.clickhouse import compression, native, work
from deploy.local.clickhouse.abandoned import KILL_EVERY, Abandoned
from deploy.local.clickhouse.answer import Answer, Whole
from deploy.local.clickhouse.body import (
    MAX_QUERY_BYTES,
    PATIENCE,
    READER_QUERY_BYTES,
    Body,
    piece,
    pour,
    read_statement,
)
from deploy.local.clickhouse.channel import Channel
from deploy.local.clickhouse.engine import Engine
from deploy.local.clickhouse.errors import TIMEOUT, ClickHouseError, error
from deploy.local.clickhouse.flow import Flow, Source
from deploy.local.clickhouse.form import read_form
from deploy.local.clickhouse.handle import Handle, Values
from deploy.local.clickhouse.plan import Mode, Plan, check_insert, marked, plan
from deploy.local.clickhouse.request import Call
from deploy.local.clickhouse.results import Result
from deploy.local.clickhouse.running import MAX_QUERIES, Running, renamed
from deploy.local.clickhouse.sending import Sending
from deploy.local.clickhouse.sessions import Session, Sessions
from deploy.local.clickhouse.statement import SHORT, Insert, Query
from deploy.local.clickhouse.task import Task, task_of
from deploy.local.clickhouse.threads import Job, Threads
from deploy.local.clickhouse.users import User, Users

log = logging.getLogger(__name__)
_PLANS = 256
_CONTROL_THREADS = 4


class Front:
    """Serves requests from one engine."""

    def __init__(
        self,
        engine: Engine,
        users: Users,
        patience: float = PATIENCE,
    ) -> None:
        self._engine, self._users = engine, users
        self._patience = patience
        self.sessions, self.running = Sessions(), Running()
        self.workers = Threads(MAX_QUERIES, "statement")
        # No statement can use these up.
        self._control = Threads(_CONTROL_THREADS, "control")
        self._abandoned = Abandoned(engine, self._control)

    def answer(self) -> Answer:
        """An answer to begin with."""
        return Answer(self._engine.version, self._engine.timezone)

    async def serve(
        self, request: web.BaseRequest, call: Call, answer: Answer
    ) -> web.StreamResponse:
        """Run what a request asks for.

        Raises:
            ClickHouseError: Before anything was sent.
        """
        user = self._users.authenticate(call.user, call.password)
        with self.running.enter(answer.query_id, user) as entry:
            if call.has_form:
                call = await read_form(request, call, user, self._patience)
            answer.encoding = call.encoding
            self._engine.names.check_settings(call.settings)
            for external in call.externals:
                self._engine.names.input(external.format)
            with self._session(user, call) as session:
                task = task_of(call, user, session, entry)
                body = Body(
                    partial(piece, request.content, self._patience),
                    compression.decoder(call.body_encoding),
                    self.workers.run,
                )
                statement, first = await self._read(task, body)
                if isinstance(statement, Insert):
                    return await self._insert(task, statement, first, body, answer)
                return await self._query(request, task, statement, answer)

    async def _read(self, task: Task, body: Body) -> tuple[Insert | Query, bytes]:
        if not task.user.reads_only:
            return await read_statement(task.call.query, body, MAX_QUERY_BYTES)
        try:
            # However slowly it comes, a place is not held for longer.
            async with asyncio.timeout(self._patience):
                return await read_statement(task.call.query, body, READER_QUERY_BYTES)
        except TimeoutError:
            raise error(TIMEOUT, "Timeout exceeded while reading the statement") from None

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
        check_insert(task.call, task.user, insert, self._engine.names)
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
            todo = await self._plan(handle, task, query)
            if todo.kills:
                todo = todo._replace(before=await self._control.run(self._renamed, query))
            if todo.mode is Mode.BLOCKS:
                channel = Channel(asyncio.get_running_loop())
            if todo.mode is Mode.SETTINGS:
                response: web.StreamResponse = await self._set(task, handle, todo, answer)
            else:
                work_done = self._start(task, handle, todo, channel)
                sending = Sending(request, answer, self.workers.run)
                source = channel or handle.pipe
                response = await self._respond(sending, task, todo, work_done, source)
            # Sent first: nobody has to wait for what is put away after it.
            await response.prepare(request)
            await response.write_eof()
        except ClickHouseError:
            self._return(task, handle, tainted=True)
            raise
        except BaseException:
            if channel is not None:
                channel.close()
            self._abandon(task, handle, work_done)
            raise
        self._return(task, handle, todo.taints, todo.sticks)
        return response

    async def _plan(self, handle: Handle, task: Task, query: Query) -> Plan:
        plans, key = task.call.plans, (query, frozenset(task.settings.items()))
        known: Plan | None = plans.get(key)
        if known is None:
            names = self._engine.names
            known = await self.workers.run(plan, handle, names, task.call, task.user, query)
            if len(query.sql) <= SHORT and len(plans) < _PLANS:
                plans[key] = known
        return known

    async def _set(self, task: Task, handle: Handle, todo: Plan, answer: Answer) -> Whole:
        settings = {**task.settings, **todo.settings}
        self._engine.names.check_settings(todo.settings)
        await self.workers.run(handle.configure, todo.database or task.database, settings)
        if task.session is not None:
            task.session.settings.update(todo.settings)
            task.session.database = todo.database or task.session.database
        return answer.short(b"", None, None)

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
            self._engine.give_back(handle)
        return native.zones(description)

    async def _respond(
        self, sending: Sending, task: Task, todo: Plan, work_done: Job[Result], source: Source
    ) -> web.StreamResponse:
        if todo.mode is Mode.DIRECT:
            result = await work_done
            has_rows = result.data or todo.described
            return await sending.whole(result.data, todo.format if has_rows else None, result)
        flow = Flow(source, work_done)
        # A reader's results do not lie about here: it gets them as they come.
        if task.call.wait_end and not task.user.reads_only:
            return await sending.spooled(flow, todo.format)
        first, ended = await flow.first()
        if ended:
            return await sending.whole(first, todo.format, await flow.result())
        return await sending.streamed(flow, todo.format, first)

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

    async def _lent(self, wanted: tuple[User, str, Values]) -> Handle:
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
        elif task.user.reads_only:
            self.workers.run(self._engine.give_back, handle)
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
