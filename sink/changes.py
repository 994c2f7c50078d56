"""The statements a migration may hold, and where each runs. Pure.

A file says its scope in its first line: `-- Scope: generation` for what every generation has (the
landing table, the tables with rows, the views between them), `-- Scope: report` for what is there
once, in the database that readers see. A statement has one of the forms below, with a bare name in
small letters; anything else is refused when the files are read, before anything runs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sink.statements import split


class Scope(StrEnum):
    """Where the statements of a file run."""

    GENERATION = "generation"
    REPORT = "report"


class Form(StrEnum):
    """What a statement may be; the value is how it begins."""

    TABLE = "CREATE TABLE IF NOT EXISTS"
    MATERIALIZED_VIEW = "CREATE MATERIALIZED VIEW IF NOT EXISTS"
    VIEW = "CREATE OR REPLACE VIEW"
    ALTER = "ALTER TABLE"
    TRUNCATE = "TRUNCATE TABLE"
    INSERT = "INSERT INTO"
    DROP_TABLE = "DROP TABLE IF EXISTS"
    DROP_VIEW = "DROP VIEW IF EXISTS"


FORMS = {
    Scope.GENERATION: frozenset(Form) - {Form.VIEW},
    Scope.REPORT: frozenset(Form) - {Form.MATERIALIZED_VIEW},
}

_SCOPE = re.compile(r"-- Scope: (\w+)\n")
_COMMENTS = re.compile(r"\A(?:\s*--[^\n]*\n)*\s*")
_NAMED = re.compile(rf"({'|'.join(Form)}) ([a-z_][a-z0-9_]*)(?![\w.`\"])(?: TO (\w+) AS\b)?")


class Unroutable(Exception):
    """A file does not say where its statements run; the text says what it has to say."""


@dataclass(frozen=True)
class Change:
    """One statement: `name` is what it makes, alters, fills or drops, `target` the table that a
    materialized view feeds."""

    form: Form
    name: str
    sql: str
    target: str = ""


def scope(sql: str) -> Scope:
    """What the first line of a file says; raises Unroutable."""
    match = _SCOPE.match(sql)
    if match is None or match[1] not in list(Scope):
        raise Unroutable(f"its first line has to be one of: {', '.join(map(_line, Scope))}")
    return Scope(match[1])


def changes(sql: str) -> Sequence[Change]:
    """The statements of a file, without the comments before them; raises Unroutable."""
    allowed = FORMS[scope(sql)]
    return [_change(_COMMENTS.sub("", statement), allowed) for statement in split(sql)]


def _change(statement: str, allowed: frozenset[Form]) -> Change:
    match = _NAMED.match(statement)
    if match is None or Form(match[1]) not in allowed:
        raise Unroutable(
            f"{' '.join(statement.split())[:60]!r} has none of the forms that are routed: "
            + ", ".join(f"{form} NAME" for form in Form if form in allowed)
        )
    form, target = Form(match[1]), match[3] or ""
    if (form is Form.MATERIALIZED_VIEW) != bool(target):
        raise Unroutable(f"{form} {match[2]}: a materialized view is written ... TO TABLE AS")
    return Change(form, match[2], statement, target)


def _line(scope: Scope) -> str:
    return f"`-- Scope: {scope}`"
