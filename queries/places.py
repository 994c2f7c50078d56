"""Statements on the log, told where in it their rows lie, if anything knows that."""

from __future__ import annotations

from string import Template

from queries.selection import Selection
from queries.sql import statement

INSTANTS = "occurred_at IN {instants:Array(DateTime64(3, 'UTC'))}"
_HISTORY = "occurred_at IN (SELECT occurred_at FROM history)"


def log_statement(name: str, selection: Selection, at: str = "", **words: str) -> str:
    """`name`.sql, in which `$at` says at what instants the rows lie and `$words` are replaced."""
    of_history = selection.of_few and not at
    uses = (selection.history,) if of_history else ()
    at = _HISTORY if of_history else at or "true"
    return Template(statement(name, *uses, given=selection.given)).substitute(words, at=at)
