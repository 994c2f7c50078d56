"""The SQL of the query layer: whole files of constants, put together once, never from input."""

from __future__ import annotations

import re
from collections.abc import Set
from functools import cache
from importlib.resources import files

_MATCHES = "$matches\n"
_FILTER = re.compile(r"\n +AND \(empty\(\{(\w+):Array\(String\)\}\) OR (.+)\)$", re.MULTILINE)


@cache
def _text(name: str) -> str:
    text = files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
    return text.replace(_MATCHES, _text("matches")) if _MATCHES in text else text


@cache
def statement(name: str, *uses: str, given: Set[str] | None = None) -> str:
    """The query in `name`.sql; before it, as named subqueries, what it `uses` (in order).

    "tally=tally_of_log" gives the subquery of `tally_of_log.sql` the name `tally`. Where it is told
    which filters are `given` (frozen), the conditions of the others are left out: ClickHouse takes
    longer to understand them than to answer a page. `$matches` stands for workspace, period and all
    filters as conditions on columns of the log (`matches.sql`), which `conversation_moves` has too.
    """
    subqueries = []
    for use in uses:
        alias, _, file = use.partition("=")
        subqueries.append(f"{alias} AS (\n{_text(file or alias)})")
    whole = f"WITH {', '.join(subqueries)}\n{_text(name)}" if subqueries else _text(name)
    if given is None:
        return whole
    return _FILTER.sub(lambda line: f"\n  AND ({line[2]})" if line[1] in given else "", whole)
