"""The SQL of the query layer: whole files of constants, put together once, never from input."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def _text(name: str) -> str:
    return files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")


@cache
def statement(name: str, *uses: str) -> str:
    """The query in `name`.sql; before it, as named subqueries, what it `uses` (in order).

    "tally=tally_of_log" gives the subquery of `tally_of_log.sql` the name `tally`.
    """
    subqueries = []
    for use in uses:
        alias, _, file = use.partition("=")
        subqueries.append(f"{alias} AS (\n{_text(file or alias)})")
    return f"WITH {', '.join(subqueries)}\n{_text(name)}" if subqueries else _text(name)
