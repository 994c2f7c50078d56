"""What a worker thread does for a statement, and what is decided before."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from deploy.local.clickhouse.errors import (
    READONLY,
    SYNTAX_ERROR,
    ClickHouseError,
    error,
)
from deploy.local.clickhouse.handle import Handle, Inserter, Result, quoted
from deploy.local.clickhouse.refusals import reader_refusal, refusal
from deploy.local.clickhouse.request import Call, External
from deploy.local.clickhouse.sessions import Session
from deploy.local.clickhouse.statement import Insert, Query, settings_of
from deploy.local.clickhouse.users import User

_GET = "Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly"


@dataclass(frozen=True)
class Plan:
    """How to run a statement.

    `piped`: its result comes through the handle's pipe; `sticks`: it leaves something that belongs
    to the session; `taints`: its handle must not serve others; `kills`: it names query ids.
    """

    sql: str
    format: str
    parameters: Mapping[str, str]
    externals: tuple[External, ...] = ()
    piped: bool = False
    sticks: bool = False
    taints: bool = False
    kills: bool = False


def plan(handle: Handle, call: Call, user: User, query: Query) -> Plan:
    """Decide how to run a statement.

    Raises:
        ClickHouseError: It is refused.
    """
    reads, count = handle.read_only(query.sql)
    if count > 1:
        raise error(SYNTAX_ERROR, "Syntax error (Multi-statements are not allowed)")
    if problem := _refusal(query, call, user, reads):
        raise problem
    form = query.format or call.default_format
    sql = _piped(handle, query, form) if reads else query.sql
    return Plan(
        sql=sql,
        format=form,
        parameters=call.parameters,
        externals=call.externals,
        piped=reads,
        sticks=_sticks(query),
        taints=bool(call.externals) or "readonly" in call.settings,
        kills=query.words[:1] == ("KILL",),
    )


def _refusal(query: Query, call: Call, user: User, reads: bool) -> ClickHouseError | None:
    if user.reads_only and (problem := reader_refusal(query, reads)):
        return problem
    if call.reads_only and not reads and query.words[:1] not in (("SET",), ("USE",)):
        return error(READONLY, f"{_GET}. You should use method POST for modifying queries")
    return refusal(query)


def _piped(handle: Handle, query: Query, form: str) -> str:
    into = f"INTO OUTFILE {quoted(str(handle.pipe.path))} APPEND"
    return f"{query.before}\n{into} FORMAT {form} {query.after}"


def _sticks(query: Query) -> bool:
    """Whether the statement changes its handle in a way that `configure` cannot put back."""
    words = query.words
    if words[:1] == ("SET",):
        return "ROLE" in words[1:3] or not settings_of(query) or "profile" in settings_of(query)
    return words[:1] in (("CREATE",), ("REPLACE",)) and "TEMPORARY" in words[1:5]


def remember(session: Session | None, handle: Handle, query: Query) -> None:
    """Note what SET and USE did, for the handle and for the session."""
    if query.words[:1] == ("SET",):
        settings = settings_of(query)
        handle.took(settings)
        if session is not None:
            session.settings.update(settings)
    elif query.words[:1] == ("USE",):
        database = query.tokens[-1].text.decode().strip('`"')
        handle.took({}, database)
        if session is not None:
            session.database = database


def run(handle: Handle, plan: Plan) -> Result:
    """Run a statement to its end, in this thread."""
    for external in plan.externals:
        handle.execute(f"DROP TEMPORARY TABLE IF EXISTS {external.name}")
        handle.execute(f"CREATE TEMPORARY TABLE {external.name} ({external.columns})")
        insert = handle.begin_insert(f"INSERT INTO {external.name}", external.format)
        insert.append(external.data)
        insert.finish()
    return handle.execute(plan.sql, plan.format, plan.parameters)


def check_insert(call: Call, user: User) -> None:
    """Refuse an INSERT of a reader, or by GET."""
    if call.reads_only:
        raise error(READONLY, f"{_GET}. You should use method POST for modifying queries")
    if user.reads_only:
        raise error(READONLY, f"{user.name}: Cannot execute query in readonly mode")


class InsertSteps:
    """An INSERT in pieces; every method runs in a worker thread."""

    def __init__(self, handle: Handle, insert: Insert, parameters: Mapping[str, str]) -> None:
        self._handle, self._insert, self._parameters = handle, insert, parameters
        self._inserter: Inserter | None = None
        self._one_at_a_time = threading.Lock()

    def append(self, data: bytes) -> None:
        """Pass rows on; the first call begins the INSERT."""
        with self._one_at_a_time:
            self._append(data)

    def _append(self, data: bytes) -> None:
        if self._inserter is None:
            for name, value in self._parameters.items():
                self._handle.execute(f"SET param_{name} = {quoted(value)}")
            self._inserter = self._handle.begin_insert(self._insert.head, self._insert.format)
        if data:
            self._inserter.append(data)

    def finish(self, data: bytes) -> Result:
        """Pass on the last rows and make all of them durable."""
        with self._one_at_a_time:
            self._append(data)
            inserter, self._inserter = self._inserter, None
            assert inserter is not None  # noqa: S101 (for the type checker)
            return inserter.finish()

    def cancel(self) -> None:
        """Drop what was not written; waits for a step that is under way."""
        with self._one_at_a_time:
            inserter, self._inserter = self._inserter, None
            if inserter is not None:
                inserter.cancel()
