"""The SQL of the query layer: whole files of constants, put together once, never from input."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from string import Template


@cache
def text(name: str) -> str:
    """What stands in `name`.sql."""
    return files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")


def statement(name: str, /, **subqueries: str) -> str:
    """The query in `name`.sql; before it, under their names, the subqueries that it reads from."""
    return joined(text(name), **subqueries)


def joined(query: str, /, **subqueries: str) -> str:
    """`query` with subqueries before it."""
    parts = ", ".join(f"{alias} AS (\n{part})" for alias, part in subqueries.items())
    return f"WITH {parts}\n{query}" if parts else query


def filled(query: str, **words: str) -> str:
    """`query` with SQL for each `$word` in it."""
    return Template(query).substitute(words)
