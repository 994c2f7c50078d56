"""Which conversations have the most assignments, under the numbers that stand for their ids.

Adding up by conversation takes as long as the period has rows. Over weeks and more it is their
totals over all time that are asked instead (`conversation_totals`): a conversation has no more
assignments in a period, or by a source, than in all. So those of large total are looked at, down to
where none of the others can come in (the threshold algorithm: Fagin, Lotem and Naor, 2003).
"""

from __future__ import annotations

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

_A_WEEK = timedelta(days=7)
_A_MONTH = timedelta(days=28)
"""In shorter periods most conversations lie in part, and what a filter selects is soon counted."""

_QUICK = 200_000
"""So many assignments are counted as quickly as totals are asked."""

_ROWS = 4
"""For each conversation that is asked for, as some may lie in the period in part only."""

_MANY = 1000
"""Workspaces of which it is kept how many conversations have how many assignments."""

_KEPT = 60.0
"""Seconds for which it is taken to be so still that counting is quicker."""

_NOT_IN_COUNTS = {"contact", "conversation", "hold"}


Number = dict[str, int]
"""Columns of `conversation_totals` that add up, those with -1 being taken off."""

_ALL: Number = {"assignments": 1}
_NOBODY: Number = {"to_nobody": 1}
_KNOWN: list[tuple[dict[str, set[str]], Number]] = [
    ({}, _ALL),
    ({"kind": {Kind.ASSIGNMENT, Kind.UNASSIGNMENT}}, _ALL),
    ({"kind": {Kind.ASSIGNMENT}}, {"assignments": 1, "to_nobody": -1}),
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
    elif selection.whole_quarters and not selection.given & _NOT_IN_COUNTS:
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


def _number(selection: Selection) -> Number:
    """What of `conversation_totals` adds up to what is selected; empty: it does not know."""
    asked = {name: set(selection.lists[name]) for name in selection.given}
    for known, number in _KNOWN:
        if asked == known:
            return number
    if asked.keys() == {"source"}:
        return {f"by_{Source(one)}": 1 for one in sorted(asked["source"])}
    return {}


def _in_totals(store: Store, selection: Selection, limit: int) -> list[Busy]:
    """Nothing, where to count is quicker."""
    number = _number(selection)
    long = _A_WEEK if number == _ALL else _A_MONTH
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


_kept: WeakKeyDictionary[Store, dict[str, tuple[float, list[Row]]]] = WeakKeyDictionary()


def _begun(
    store: Store, selection: Selection, number: Number, limit: int
) -> tuple[Sizes, list[Row] | None]:
    """The sizes; and, if they were much the same before, what these made worth asking meanwhile."""
    kept = _kept.setdefault(store, {})
    until, told = kept.get(selection.workspace, (0.0, []))
    before = _sizes(told, number, selection)
    floor = before.floor(2 * limit)
    worth = _is_worth(before, floor)
    if not worth and time.monotonic() < until:
        return before, None
    asked: list[Asked] = [(statement("sizes_of_totals"), selection.parameters())]
    if worth:
        asked.append(_among(before, selection, number, floor, 2, limit))
    told, *rows = answers(store, asked)
    if len(kept) > _MANY:
        kept.clear()
    kept[selection.workspace] = time.monotonic() + _KEPT, told
    sizes = _sizes(told, number, selection)
    same = bool(rows) and sizes.is_like(before) and sizes.floor(2 * limit) == floor
    return sizes, rows[0] if same else None


def _sizes(rows: Sequence[Row], number: Number, selection: Selection) -> Sizes:
    measure = _measure(number)
    told = ({**row, "size": row[measure], "selected": _selected(row, number)} for row in rows)
    return sizes_of(list(told), selection.span)


def _selected(row: Row, number: Number) -> int:
    """How many assignments add up, of all the conversations of one size."""
    return sum(
        factor * row[column] * (row["conversations"] if column in _EACH else 1)
        for column, factor in number.items()
    )


_EACH = _ALL.keys() | _NOBODY.keys()
"""What conversations of one size have each."""


def _measure(number: Number) -> str:
    """What bounds a number: a conversation has as many in all, at most."""
    (measure,) = _NOBODY if number == _NOBODY else _ALL
    return measure


def _among(
    sizes: Sizes, selection: Selection, number: Number, floor: int, least: int, limit: int
) -> Asked:
    """Those with `floor` in all, or more, and `least` of what `number` adds up."""
    name = "conversations_of_parts" if sizes.rest else "conversations_of_totals"
    words = " + ".join(column if factor > 0 else f"-{column}" for column, factor in number.items())
    query = Template(statement(name)).substitute(number=words, measure=_measure(number))
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
