"""Which conversations have the most assignments, under the numbers that stand for their ids.

Adding up by conversation takes as long as the period has rows. Over weeks and more it is their
totals over all time that are asked instead (`conversation_totals`): a conversation has no more
assignments in a period, or by a source, than in all. So those of large total are looked at, down to
where none of the others can come in (the threshold algorithm: Fagin, Lotem and Naor, 2003).
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from string import Template
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from producers.event import Source
from queries.filters import Kind
from queries.places import log_statement
from queries.selection import Selection
from queries.sizes import SLOWER, Sizes, sizes_of
from queries.sql import statement
from queries.store import Row, Store
from queries.together import Asked, answers

_TWO_WEEKS = timedelta(days=14)
_A_MONTH = timedelta(days=28)
"""In shorter periods most conversations lie in part, and what a filter selects is soon counted."""

_QUICK = 200_000
"""So many assignments are counted as quickly as totals are asked."""

_ROWS = 4
"""For each conversation that is asked for, as some may lie in the period in part only."""

_MANY = 1000
"""Workspaces with filters of which it is kept how many conversations have how many assignments."""

_KEPT = 60.0
"""Seconds for which it is taken to be so still that counting is quicker."""


_ALL = "assignments"
_NOBODY = "to_nobody"
_KNOWN: list[tuple[dict[str, set[str]], str]] = [
    ({}, _ALL),
    ({"kind": {Kind.ASSIGNMENT, Kind.UNASSIGNMENT}}, _ALL),
    ({"kind": {Kind.ASSIGNMENT}}, "assignments - to_nobody"),
    ({"kind": {Kind.UNASSIGNMENT}}, _NOBODY),
    ({"assigned_to": {""}}, _NOBODY),
]
"""Filters, and what then adds up."""


class Busy(NamedTuple):
    """A conversation that may be among the busiest."""

    number: int
    """`sipHash64` of its id."""
    assignments: int
    exact: bool
    """Whether it has so many, or so many at most."""


def busiest(store: Store, selection: Selection, limit: int) -> Iterator[list[Busy]]:
    """The `limit` conversations with the most assignments that are selected, two at least, and such
    as may have as many; the quickest way to find them first, and the log's at last.

    Only the log knows whether two ids have one number. Ties go by number.
    """
    if selection.in_histories:
        yield _in_history(store, selection, limit)
    elif selection.whole_quarters and not selection.of_few:
        if found := _in_totals(store, selection, limit):
            yield found
        yield _in_counts(store, selection, limit)
    yield _in_log(store, selection, limit)


def _in_log(store: Store, selection: Selection, limit: int) -> list[Busy]:
    query = log_statement("conversations", selection)
    return _counted(store.rows(query, {**selection.parameters(), "limit": limit}))


def _in_history(store: Store, selection: Selection, limit: int) -> list[Busy]:
    query = statement("conversations_of_history", selection.history, given=selection.given)
    return _counted(store.rows(query, {**selection.parameters(), "limit": limit}))


def _in_counts(store: Store, selection: Selection, limit: int) -> list[Busy]:
    name, told = _told(selection)
    given = frozenset(selection.given - {name} | told.keys())
    query = statement("conversations_of_counts", given=given)
    return _counted(store.rows(query, {**selection.parameters(), **told, "limit": limit}))


def _counted(rows: Sequence[Row]) -> list[Busy]:
    return [Busy(row["conversation_hash"], row["number"], exact=True) for row in rows]


def _told(selection: Selection) -> tuple[str, dict[str, Any]]:
    """The order of `conversation_counts` that reads the fewest rows, where they lie in it, and the
    filter that is no more needed then."""
    for name, told in ("assigned_to", "holder"), ("assigned_by", "user"), ("source", "source"):
        if name in selection.given and not (told == "user" and selection.by_nobody):
            return name, {"told": told, "told_ids": list(selection.lists[name])}
    return "", {"told": "source"}


def _number(selection: Selection) -> str:
    """What of `conversation_totals` adds up to what is selected; empty: it does not know."""
    asked = {name: set(selection.lists[name]) for name in selection.given}
    for known, number in _KNOWN:
        if asked == known:
            return number
    if asked.keys() == {"source"}:
        return " + ".join(f"by_{Source(one)}" for one in sorted(asked["source"]))
    return ""


def _in_totals(store: Store, selection: Selection, limit: int) -> list[Busy]:
    """Nothing, where to count is quicker."""
    number = _number(selection)
    long = _TWO_WEEKS if number == _ALL else _A_MONTH
    if not number or selection.span.end - selection.span.start < long:
        return []
    sizes, rows = _begun(store, selection, number, limit)
    floor, least = sizes.floor(2 * limit), 2
    while _is_worth(sizes, floor):
        if rows is None:
            rows = store.rows(*_among(sizes, selection, number, floor, least, limit))
        found = foremost(rows, limit)
        whole = sum(one.exact for one in found) == limit
        if whole and found[-1].assignments >= floor:
            return found
        if floor == 2:
            return found if whole or len(rows) < _ROWS * limit else []
        floor = least = found[-1].assignments if whole else 2
        rows = None
    return []


def _is_worth(sizes: Sizes, floor: int) -> bool:
    return sizes.selected > _QUICK and sizes.looked_at(floor) <= SLOWER * sizes.selected


_COLUMN = re.compile(r"\w+")

_Kept = dict[tuple[str, str], tuple[float, list[Row]]]
_kept: WeakKeyDictionary[Store, _Kept] = WeakKeyDictionary()


def _begun(
    store: Store, selection: Selection, number: str, limit: int
) -> tuple[Sizes, list[Row] | None]:
    """The sizes; and, if they were much the same before, what these made worth asking meanwhile."""
    kept, key = _kept.setdefault(store, {}), (selection.workspace, number)
    until, told = kept.get(key, (0.0, []))
    before = sizes_of(told, selection.span)
    floor = before.floor(2 * limit)
    worth = _is_worth(before, floor)
    if not worth and time.monotonic() < until:
        return before, None
    asked: list[Asked] = [(_of_totals("sizes_of_totals", number), selection.parameters())]
    if worth:
        asked.append(_among(before, selection, number, floor, 2, limit))
    told, *rows = answers(store, asked)
    if len(kept) > _MANY:
        kept.clear()
    kept[key] = time.monotonic() + _KEPT, told
    sizes = sizes_of(told, selection.span)
    same = bool(rows) and sizes.is_like(before) and sizes.floor(2 * limit) == floor
    return sizes, rows[0] if same else None


def _of_totals(name: str, number: str) -> str:
    """A query whose numbers are these; a conversation has as many, at most, in all."""
    return Template(statement(name)).substitute(
        number=number,
        selected=_COLUMN.sub(r"sum(\g<0>)", number),
        measure=number if number == _NOBODY else _ALL,
    )


def _among(
    sizes: Sizes, selection: Selection, number: str, floor: int, least: int, limit: int
) -> Asked:
    """Those with `floor` in all, or more, and `least` of what `number` adds up."""
    name = "conversations_of_parts" if sizes.rest else "conversations_of_totals"
    query = _of_totals(name, number)
    more = {"largest": sizes.largest, "beside": sizes.beside(floor), "limit": _ROWS * limit}
    return query, {**selection.parameters(), **more, "floor": floor, "least": least}


def foremost(rows: Sequence[Row], limit: int) -> list[Busy]:
    """The first of `rows` among which are `limit` that lie within the period whole; the others
    have as many assignments in it at most, so that none after these can have more."""
    found: list[Busy] = []
    within = 0
    for row in rows:
        if within == limit:
            break
        within += row["within"]
        found.append(Busy(row["conversation_hash"], row["number"], exact=bool(row["within"])))
    return found
