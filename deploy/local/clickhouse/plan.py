"""What is decided about a statement before it runs: whether, and in which way."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from pathlib import Path
from typing import NamedTuple

from deploy.local.clickhouse.errors import (
    ACCESS_DENIED,
    NOT_IMPLEMENTED,
    READONLY,
    SYNTAX_ERROR,
    ClickHouseError,
    error,
)
from deploy.local.clickhouse.handle import Handle, Kind, Values, parameter, quoted
from deploy.local.clickhouse.names import Names
from deploy.local.clickhouse.native import UNSUPPORTED_PROTOCOL
from deploy.local.clickhouse.refusals import refusal
from deploy.local.clickhouse.request import Call, External
from deploy.local.clickhouse.statement import Insert, Query, database_of, parse, settings_of
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

# Without one of these a SELECT has one row at most.
_MORE_ROWS = {"FROM", "ARRAYJOIN", "UNION"}


class Mode(Enum):
    """The way a result takes."""

    DIRECT = auto()
    """At once, in memory: all that is no SELECT, and a SELECT of one row."""
    BLOCKS = auto()
    """Block by block, each as soon as it is there."""
    SETTINGS = auto()
    """None: it sets what the front sets for every statement, from plain values."""
    PIPE = auto()
    """As one document through the handle's pipe: any format."""


class Plan(NamedTuple):
    """How to run a statement.

    `before`, `after`: the statement, but for where its result goes and its id, which stand between
    and after. `sticks`: it leaves something that belongs to the session; `taints`: its handle must
    not serve others; `kills`: it names query ids; `described`: a statement that tells the types of
    a SELECT's result, else empty; `settings`, `database`: what a plain SET or USE sets.
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
    settings: Values
    database: str | None

    def sql(self, query_id: str, pipe: Path) -> str:
        """What the engine is to run."""
        if self.mode is not Mode.PIPE:
            return marked(query_id, self.before)
        into = f"INTO OUTFILE {quoted(str(pipe))} APPEND"
        return marked(query_id, f"{self.before}\n{into} {self.after}")


def plan(handle: Handle, names: Names, call: Call, user: User, query: Query) -> Plan:
    """Decide how to run a statement; asks the engine what it is.

    Raises:
        ClickHouseError: It is refused.
    """
    if not query.tokens or not query.tokens[0].text.isascii():
        # The engine takes these for statements that do nothing.
        raise error(SYNTAX_ERROR, "Syntax error: failed at position 1: Empty query or no SQL")
    kind, count = handle.classify(query.sql)
    reads = kind is Kind.READS
    changed, database = settings_of(query), database_of(query)
    sets = changed is not None or database is not None
    if count > 1:
        raise error(SYNTAX_ERROR, "Syntax error (Multi-statements are not allowed)")
    if call.reads_only and not (reads or query.words[:1] in (("SET",), ("USE",))):
        raise error(READONLY, f"{GET}. You should use method POST for modifying queries")
    if user.reads_only and not (reads or sets):
        handle.normal(query.sql)  # whose error, of what is no statement, is of more use
        raise error(ACCESS_DENIED, "Not enough privileges: this user only reads")
    if problem := refusal(query):
        raise problem
    form = names.output(query.format or call.default_format)
    if form.lower() == "native" and call.protocol >= UNSUPPORTED_PROTOCOL:
        raise error(NOT_IMPLEMENTED, f"Native for client_protocol_version={call.protocol}")
    made = _routed(handle, call, query, form, reads and _selects(query))
    if sets:
        return made._replace(mode=Mode.SETTINGS, settings=changed or {}, database=database)
    return made._replace(sticks=kind is Kind.OTHER, taints=not reads or bool(call.externals))


def _routed(handle: Handle, call: Call, query: Query, form: str, selects: bool) -> Plan:
    mode = _mode(query, form, frozenset(call.settings)) if selects else Mode.DIRECT
    before, after, shown = query.sql, "", _shown_system_table(query)
    if mode is Mode.BLOCKS:
        before = f"{query.before} {query.after}"
        mode = mode if handle.only_reads(before) else Mode.DIRECT
    elif mode is Mode.PIPE:
        before, after = query.before, f"FORMAT {form} {query.after}"
        mode = mode if _fits_pipe(handle, before, form, after) else Mode.DIRECT
    if mode is Mode.DIRECT:
        before, after = _SHOWN if shown else query.sql, ""
    described = f"DESCRIBE TABLE ({query.before}\n)" if selects else ""
    return Plan(
        before=before,
        after=after,
        format=form,
        mode=mode,
        parameters={**call.parameters, "shown": parameter(shown)} if shown else call.parameters,
        externals=call.externals,
        protocol=call.protocol if form.lower() == "native" else 0,
        described=described if selects and handle.only_reads(described) else "",
        sticks=False,
        taints=False,
        kills=query.words[:1] == ("KILL",),
        settings={},
        database=None,
    )


def _fits_pipe(handle: Handle, before: str, form: str, after: str) -> bool:
    """Whether the engine, too, takes what is put into a statement for where its result goes."""
    into = "INTO OUTFILE 'pipe' APPEND"
    try:
        without, whole = handle.normal(before, f"{before}\n{into} {after}")
    except ClickHouseError:
        return False
    expected = f"{without} {into} FORMAT {form}"
    return whole == expected or whole.startswith(f"{expected} SETTINGS ")


def marked(query_id: str, sql: str) -> str:
    """The statement with its query id after it, from where `system.query_log` takes it."""
    return f"{sql}\n/*query_id:{query_id.encode().hex()}*/"


def check_insert(call: Call, user: User, insert: Insert, names: Names) -> None:
    """Refuse an INSERT of a reader, by GET, or of what is not in its body."""
    if call.reads_only:
        raise error(READONLY, f"{GET}. You should use method POST for modifying queries")
    if user.reads_only:
        raise error(READONLY, f"{user.name}: Cannot execute query in readonly mode")
    names.input(insert.format)
    if problem := refusal(parse(insert.head.encode(errors="surrogateescape"))):
        raise problem


def _selects(query: Query) -> bool:
    return query.words[0] in ("SELECT", "WITH", "FROM") or query.tokens[0].text == b"("


def _mode(query: Query, form: str, settings: frozenset[str]) -> Mode:
    if query.keywords.isdisjoint(_MORE_ROWS):
        return Mode.DIRECT
    words = query.keywords.union(map(str.upper, settings))
    # Native has neither totals nor extremes.
    blockwise = form.lower() in _BLOCKWISE and words.isdisjoint(_WHOLE)
    return Mode.BLOCKS if blockwise or form.lower() == "native" else Mode.PIPE


def _target(query: Query) -> list[str]:
    """What SHOW CREATE names: `SYSTEM`, a dot, and the table."""
    if query.words[:2] != ("SHOW", "CREATE"):
        return []
    rest = [token for token in query.tokens[2:] if token.keyword not in ("TABLE", "VIEW")]
    parts = [token.text.decode(errors="replace").strip('`"') for token in rest[:3]]
    return [parts[0].upper(), *parts[1:]] if len(parts) == 3 else []


def _shown_system_table(query: Query) -> str:
    """The system table that a SHOW CREATE asks for, or nothing."""
    target = _target(query)
    return target[2] if target[:2] == ["SYSTEM", "."] else ""


# The engine keeps no definition of system tables; this puts one together from what it knows.
_SHOWN = """
SELECT concat('CREATE TABLE system.', name, '\\n(\\n', (
    SELECT arrayStringConcat(groupArray(concat('    `', name, '` ', type)), ',\\n')
    FROM system.columns WHERE database = 'system' AND table = {shown:String}
), '\\n)\\nENGINE = ', engine) AS statement
FROM system.tables WHERE database = 'system' AND table = {shown:String}
"""
