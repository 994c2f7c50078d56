"""Hand-offs as a matrix: who passes most on, who gets most, and every cell between them.

Totals of both sides are asked first, then the cells between the largest. Where filters leave few
pairs of who passed and who got, these come with the totals, and no cell has to be asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from typing import Any

from queries.filters import Kind, Narrowing, encode_id
from queries.handoffs import Moves, PassedBy, asked, from_name, moves
from queries.names import Named, names
from queries.selection import Selection
from queries.sql import statement
from queries.store import Row, Store
from queries.together import answers, beside


@dataclass(frozen=True)
class Line:
    """A row or a column: a name, its total over the whole matrix, and the rows behind that."""

    id: str
    name: str
    total: int
    rows: Narrowing


@dataclass(frozen=True)
class Matrix:
    """The largest rows and columns; `cells` by (row id, column id), empty ones left out."""

    lines: list[Line]
    columns: list[Line]
    cells: dict[tuple[str, str], int]
    total: int

    def behind(self, line: Line, column: Line) -> Narrowing:
        """Filters that select what a cell counts."""
        giver = {name: values for name, values in line.rows.items() if name != "kind"}
        return {**giver, **column.rows}


Totals = dict[str, int]
"""How many, by id."""

MANY = 2000
"""So many pairs are not sent with the totals: it would take longer than to ask for the cells."""


@dataclass(frozen=True)
class _Sums:
    """How many each passed on, how many each got, and how many from whom to whom."""

    passed: Counter[str] = field(default_factory=Counter)
    got: Counter[str] = field(default_factory=Counter)
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    apart: list[Moves] = field(default_factory=list)
    """Moves that are not among the pairs."""


def matrix(store: Store, selection: Selection, by: PassedBy, size: int) -> Matrix:
    """The `size` that pass most on against the `size` that get most."""
    sums = _sums(store, selection, by)
    givers, takers = _largest(sums.passed, size), _largest(sums.got, size)
    if not givers:
        return Matrix([], [], {}, 0)
    named = _named(store, selection, by, givers, takers)
    within, more = _between(givers, takers, selection, by)
    for rows in answers(store, [asked("cells", part, within, by, more) for part in sums.apart]):
        sums.pairs.update(_pairs(rows, by))
    cells = {cell: sums.pairs[cell] for cell in product(givers, takers)}
    passing, getting = named[by.named].result(), named[Named.ASSIGNEE].result()
    return Matrix(
        [_line(giver, passing[giver], total, by) for giver, total in givers.items()],
        [_column(taker, getting[taker], total) for taker, total in takers.items()],
        {cell: number for cell, number in cells.items() if number > 0},
        sums.passed.total(),
    )


_IN_TOTALS = {"source", "kind"}


def _sums(store: Store, selection: Selection, by: PassedBy) -> _Sums:
    """All totals; of the pairs, those that may be few: as filters other than these leave them."""
    many = selection.given <= _IN_TOTALS
    parts, sums = moves(selection, by), _Sums()
    name, more = ("sides", {}) if many else ("sides_and_pairs", {"most": MANY})
    asking = [asked(name, part, selection, by, more) for part in parts]
    if many and parts and selection.has_utc_days:
        asking[0] = statement("totals", given=selection.given), asking[0][1]
    for part, rows in zip(parts, answers(store, asking), strict=True):
        told: dict[str, list[Row]] = {"from": [], "to": [], "pair": []}
        for row in rows:
            told[row["side"]].append(row)
        sums.passed.update({_giver(row, by): row["number"] for row in told["from"]})
        sums.got.update({row["taker"]: row["number"] for row in told["to"]})
        if many or len(told["pair"]) == MANY:
            sums.apart.append(part)
        else:
            sums.pairs.update(_pairs(told["pair"], by))
    return sums


def _pairs(rows: Iterable[Row], by: PassedBy) -> dict[tuple[str, str], int]:
    return {(_giver(row, by), row["taker"]): row["number"] for row in rows}


def _giver(row: Row, by: PassedBy) -> str:
    return by.joined(row["passing"], row["giver"])


def _between(
    givers: Totals, takers: Totals, selection: Selection, by: PassedBy
) -> tuple[Selection, dict[str, Any]]:
    """What lies between those, at least; and what tells them from what else that selects."""
    parts = [by.parted(giver) for giver in givers]
    shown = {"assigned_to": tuple(takers)}
    if by is PassedBy.HOLDER:
        shown["previous"] = tuple(givers)
    else:
        shown["source"] = tuple({source for source, _ in parts})
    within = replace(selection, lists=selection.lists | shown)
    return within, {"givers": parts, "ids": [identifier for _, identifier in parts]}


def _named(
    store: Store, selection: Selection, by: PassedBy, givers: Totals, takers: Totals
) -> dict[Named, Future[dict[str, str]]]:
    """Names, on their way."""
    wanted: dict[Named, set[str]] = {Named.ASSIGNEE: set(takers)}
    wanted[by.named] = wanted.get(by.named, set()) | givers.keys()
    return {
        of: beside(partial(names, store, selection.workspace, of, ids))
        for of, ids in wanted.items()
    }


def _largest(totals: Totals, size: int) -> Totals:
    present = ((identifier, total) for identifier, total in totals.items() if total > 0)
    return dict(sorted(present, key=lambda found: (-found[1], found[0]))[:size])


def _column(identifier: str, name: str, total: int) -> Line:
    return Line(identifier, name or identifier, total, {"assigned_to": [encode_id(identifier)]})


def _line(identifier: str, name: str, total: int, by: PassedBy) -> Line:
    rows: Narrowing = {by.filter: [encode_id(identifier)], "kind": [Kind.ASSIGNMENT]}
    return Line(identifier, from_name(identifier, name, by), total, rows)
