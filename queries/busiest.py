"""Which conversations have the most assignments, under the numbers that stand for their ids.

Adding up by conversation takes as long as the period has rows. Over weeks and more it is their
totals over all time that are asked instead (`conversation_totals`): a conversation has no more
assignments in a period, or by a source, than in all. So those of large total are looked at, down to
where none of the others can come in (the threshold algorithm: Fagin, Lotem and Naor, 2003).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from string import Template
from typing import Any, NamedTuple

from producers.event import Source
from queries.periods import Span
from queries.places import log_statement
from queries.selection import Selection
from queries.sql import statement
from queries.store import Row, Store
from queries.zones import QUARTER

_TWO_WEEKS = timedelta(days=14)
_TWO_MONTHS = timedelta(days=60)
"""In shorter periods most conversations lie in part, and what a filter selects is soon counted."""

_QUICK = 300_000
"""So many assignments are counted as quickly as totals are asked."""

_FEW = 20_000
"""Conversations from whose totals it is guessed how many assignments the busiest have."""

_LOOKUP = 300
"""To find one conversation in a part takes as long as to read so many rows in their order."""
_SLOWER = 3
"""To count an assignment takes as long as to look at so many totals in their order."""

_ROWS = 4
"""For each conversation that is asked for, as some may lie in the period in part only."""


_ALL = ("assignments",)


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


def _columns(selection: Selection) -> tuple[str, ...]:
    """Those of `conversation_totals` that make up what is selected; empty: it does not know."""
    match [(name, frozenset(selection.lists[name])) for name in selection.given]:
        case []:
            return _ALL
        case [("source", sources)]:
            return tuple(f"by_{Source(source)}" for source in sorted(sources))
        case [("assigned_to", nobody)] if nobody == {""}:
            return ("unassignments",)
        case [("kind", kinds)] if kinds == {"unassignment"}:
            return ("unassignments",)
    return ()


def _in_totals(store: Store, selection: Selection, limit: int) -> list[Busy]:
    """Nothing, where to count is quicker."""
    columns = _columns(selection)
    long = _TWO_WEEKS if columns == _ALL else _TWO_MONTHS
    if not columns or selection.span.end - selection.span.start < long:
        return []
    parameters = {**selection.parameters(), "limit": _ROWS * limit}
    sizes = _sizes(store, selection, columns)
    if sizes.selected <= _QUICK:
        return []
    name = "conversations_of_parts" if sizes.rest else "conversations_of_totals"
    query = Template(statement(name)).substitute(number=" + ".join(columns))
    floor, least = sizes.floor(2 * limit if columns == _ALL else _FEW), 2
    while sizes.looked_at(floor) <= _SLOWER * sizes.selected:
        of_parts = {"largest": sizes.largest, "beside": sizes.beside(floor)}
        rows = store.rows(query, {**parameters, **of_parts, "floor": floor, "least": least})
        found = foremost(rows, limit)
        whole = sum(one.exact for one in found) == limit
        if whole and found[-1].assignments >= floor:
            return found
        if floor == 2:
            return found if whole or len(rows) < _ROWS * limit else []
        floor = least = found[-1].assignments if whole else 2
    return []


def _sizes(store: Store, selection: Selection, columns: Sequence[str]) -> Sizes:
    selected = " + ".join(f"sum({column})" for column in columns)
    query = Template(statement("sizes_of_totals")).substitute(selected=selected)
    return sizes_of(store.rows(query, selection.parameters()), selection.span)


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


@dataclass(frozen=True)
class Sizes:
    """How many conversations have how many assignments, in a table's largest part and the rest."""

    largest: str
    of_largest: Counter[int]
    rest: Counter[int]
    share: float
    """Of the time from the first assignment to the last, how much lies in the period: 0 to 1."""

    selected: float
    """About how many assignments of the period the filter selects."""

    def at_least(self, floor: int) -> int:
        """Conversations of the largest part with `floor` assignments there, or more."""
        return sum(number for size, number in self.of_largest.items() if size >= floor)

    def floor(self, enough: int) -> int:
        """The highest, from 2, that about `enough` conversations of the period reach."""
        floors = sorted((size for size in self.of_largest if size > 2), reverse=True)
        reached = (floor for floor in floors if self.share * self.at_least(floor) >= enough)
        return next(reached, 2)

    def beside(self, floor: int) -> int:
        """How many of `floor` assignments are looked for in the rest by reading the largest part in
        its order; conversations with more there are looked up in it one by one."""
        return min(range(floor), key=lambda beside: self._read(floor, beside))

    def _read(self, floor: int, beside: int) -> int:
        named = sum(number for size, number in self.rest.items() if size > beside)
        return self.at_least(floor - beside) + _LOOKUP * named

    def looked_at(self, floor: int) -> float:
        """About how many rows are read for those that may reach `floor`."""
        if not self.rest:
            return self.share * self.at_least(floor)
        return _SLOWER * self.rest.total() + self._read(floor, self.beside(floor))


def sizes_of(rows: Sequence[Row], period: Span) -> Sizes:
    """From rows of part, assignments, conversations, those `selected`, `first` and `last` time."""
    parts: dict[str, Counter[int]] = defaultdict(Counter)
    for row in rows:
        parts[row["part"]][row["assignments"]] += row["conversations"]
    largest = max(parts, key=lambda part: parts[part].total(), default="")
    of_largest = parts.pop(largest, Counter())
    share = _share(rows, period)
    selected = share * sum(row["selected"] for row in rows)
    return Sizes(largest, of_largest, sum(parts.values(), Counter()), share, selected)


def _share(rows: Sequence[Row], period: Span) -> float:
    if not rows:
        return 0.0
    ends = [row[name].replace(tzinfo=UTC) for name in ("first", "last") for row in rows]
    known = Span(min(ends), max(ends) + QUARTER)
    both = known.overlap(period)
    return (both.end - both.start) / (known.end - known.start)
