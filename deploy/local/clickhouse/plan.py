"""What is decided about a statement before it runs: whether, and in which way."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from pathlib import Path
from typing import NamedTuple

from deploy.local.clickhouse.errors import (
    NOT_IMPLEMENTED,
    READONLY,
    SYNTAX_ERROR,
    ClickHouseError,
    error,
)
from deploy.local.clickhouse.handle import Handle, quoted
from deploy.local.clickhouse.native import UNSUPPORTED_PROTOCOL
from deploy.local.clickhouse.refusals import reader_refusal, refusal
from deploy.local.clickhouse.request import Call, External
from deploy.local.clickhouse.statement import SHORT, Insert, Query, parse, settings_of
from deploy.local.clickhouse.users import User

GET = "Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly"
# Formats in which the documents of single blocks, put together, are the document of all.
_BLOCKWISE = {
    *("native", "rowbinary", "tabseparated", "tsv", "tabseparatedraw", "tsvraw", "tskv", "csv"),
    *("jsoneachrow", "jsonlines", "ndjson", "jsonstringseachrow", "jsoncompacteachrow"),
    *("jsoncompactstringseachrow", "msgpack", "bsoneachrow", "null"),
}
# Where these are asked for, a document has a beginning or an end after all.
_WHOLE = {"TOTALS", "EXTREMES", "OUTPUT_FORMAT_JSON_ARRAY_OF_ROWS"}

_PLANS = 256
# Without one of these a SELECT has one row at most.
_MORE_ROWS = {"FROM", "ARRAYJOIN", "UNION"}


class Mode(Enum):
    """The way a result takes."""

    DIRECT = auto()
    """At once, in memory: all that is no SELECT, and a SELECT of one row."""
    BLOCKS = auto()
    """Block by block, each as soon as it is there."""
    PIPE = auto()
    """As one document through the handle's pipe: any format."""


class Plan(NamedTuple):
    """How to run a statement.

    `before`, `after`: the statement, but for where its result goes and its id, which stand between
    and after. `sticks`: it leaves something that belongs to the session; `taints`: its handle must
    not serve others; `kills`: it names query ids; `described`: a statement that tells the types of
    a SELECT's result, else empty.
    """

    before: str
    after: str
    format: str
    mode: Mode
    parameters: Mapping[str, str]
    externals: tuple[External, ...]
    protocol: int
    described: str
    sticks: bool
    taints: bool
    kills: bool

    def sql(self, query_id: str, pipe: Path) -> str:
        """What the engine is to run."""
        if self.mode is not Mode.PIPE:
            return marked(query_id, self.before)
        into = f"INTO OUTFILE {quoted(str(pipe))} APPEND"
        return marked(query_id, f"{self.before}\n{into} {self.after}")


def plan(handle: Handle, call: Call, user: User, query: Query, settings: Mapping[str, str]) -> Plan:
    """Decide how to run a statement.

    Raises:
        ClickHouseError: It is refused.
    """
    if not query.tokens or not query.tokens[0].text.isascii():
        # The engine takes these for statements that do nothing.
        raise error(SYNTAX_ERROR, "Syntax error: failed at position 1: Empty query or no SQL")
    kind = handle.read_only(query.sql)
    names = frozenset(settings)
    known: Plan | None = call.plans.get((query, kind, names))
    if known is None:
        known = _plan(call, user, query, kind, names)
        if len(query.sql) <= SHORT and len(call.plans) < _PLANS:
            call.plans[query, kind, names] = known
    return known


def _plan(
    call: Call, user: User, query: Query, kind: tuple[bool, int], settings: frozenset[str]
) -> Plan:
    reads, count = kind
    if count > 1:
        raise error(SYNTAX_ERROR, "Syntax error (Multi-statements are not allowed)")
    if problem := _refusal(query, call, user, reads):
        raise problem
    form = query.format or call.default_format
    native = form.lower() == "native"
    if native and call.protocol >= UNSUPPORTED_PROTOCOL:
        raise error(NOT_IMPLEMENTED, f"Native for client_protocol_version={call.protocol}")
    selects = reads and _selects(query)
    mode = _mode(query, form, settings) if selects else Mode.DIRECT
    before, after = _halves(query, form, mode)
    return Plan(
        before=before,
        after=after,
        format=form,
        mode=mode,
        parameters=call.parameters,
        externals=call.externals,
        protocol=call.protocol if native else 0,
        described=f"DESCRIBE TABLE ({query.before}\n)" if selects else "",
        sticks=_sticks(query),
        taints=bool(call.externals),
        kills=query.words[:1] == ("KILL",),
    )


def marked(query_id: str, sql: str) -> str:
    """The statement with its query id after it, from where `system.query_log` takes it."""
    harmless = query_id.replace("*/", "* /")
    return f"{sql}\n/*query_id:{harmless}*/"


def refuse_insert(call: Call, user: User, insert: Insert) -> None:
    """Refuse an INSERT of a reader, by GET, or of what is not in its body."""
    if call.reads_only:
        raise error(READONLY, f"{GET}. You should use method POST for modifying queries")
    if user.reads_only:
        raise error(READONLY, f"{user.name}: Cannot execute query in readonly mode")
    if problem := refusal(parse(insert.head.encode(errors="surrogateescape"))):
        raise problem


def _refusal(query: Query, call: Call, user: User, reads: bool) -> ClickHouseError | None:
    if user.reads_only and (problem := reader_refusal(query, reads)):
        return problem
    if call.reads_only and not reads and query.words[:1] not in (("SET",), ("USE",)):
        return error(READONLY, f"{GET}. You should use method POST for modifying queries")
    return refusal(query)


def _selects(query: Query) -> bool:
    return query.words[0] in ("SELECT", "WITH", "FROM") or query.tokens[0].text == b"("


def _mode(query: Query, form: str, settings: frozenset[str]) -> Mode:
    if query.keywords.isdisjoint(_MORE_ROWS):
        return Mode.DIRECT
    words = query.keywords.union(map(str.upper, settings))
    # Native has neither totals nor extremes.
    blockwise = form.lower() in _BLOCKWISE and words.isdisjoint(_WHOLE)
    return Mode.BLOCKS if blockwise or form.lower() == "native" else Mode.PIPE


def _halves(query: Query, form: str, mode: Mode) -> tuple[str, str]:
    if _shows_system_table(query):
        return _shown_system_table(query), ""
    if mode is Mode.BLOCKS:
        return f"{query.before} {query.after}", ""
    if mode is Mode.PIPE:
        return query.before, f"FORMAT {form} {query.after}"
    return query.sql, ""


def _shows_system_table(query: Query) -> bool:
    return _target(query)[:2] == ["SYSTEM", "."]


def _target(query: Query) -> list[str]:
    """What SHOW CREATE names: `SYSTEM`, a dot, and the table."""
    if query.words[:2] != ("SHOW", "CREATE"):
        return []
    rest = [token for token in query.tokens[2:] if token.keyword not in ("TABLE", "VIEW")]
    parts = [token.text.decode(errors="replace").strip('`"') for token in rest[:3]]
    return [parts[0].upper(), *parts[1:]] if len(parts) == 3 else []


def _shown_system_table(query: Query) -> str:
    """The engine keeps no definition of system tables; put one together from what it knows."""
    name = quoted(_target(query)[2])
    columns = "arrayStringConcat(groupArray(concat('    `', name, '` ', type)), ',\\n')"
    table = f"database = 'system' AND table = {name}"
    return (
        "SELECT concat('CREATE TABLE system.', name, '\\n(\\n', "  # noqa: S608 (a quoted literal)
        f"(SELECT {columns} FROM system.columns WHERE {table}), '\\n)\\nENGINE = ', engine) "
        f"AS statement FROM system.tables WHERE {table}"
    )


def _sticks(query: Query) -> bool:
    """Whether the statement changes its handle in a way that `configure` cannot put back."""
    words = query.words
    if words[:1] == ("SET",):
        return "ROLE" in words[1:3] or not settings_of(query) or "profile" in settings_of(query)
    return words[:1] in (("CREATE",), ("REPLACE",)) and "TEMPORARY" in words[1:5]
