"""Hand-offs as a matrix: who passes most on, who gets most, and every cell between them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from queries.filters import Kind, Narrowing, encode_id
from queries.handoffs import PassedBy, asked, ends, from_name, moves
from queries.names import Named, names
from queries.selection import Selection
from queries.sql import statement
from queries.store import Store
from queries.together import Asked, added


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
        field = {name: values for name, values in line.rows.items() if name != "kind"}
        return {**field, **column.rows}


Totals = dict[str, int]
"""How many, by id."""


def matrix(store: Store, selection: Selection, by: PassedBy, size: int) -> Matrix:
    """The `size` that pass most on against the `size` that get most."""
    passed, got = _totals(store, selection, by)
    givers, takers = _largest(passed, size), _largest(got, size)
    if not givers:
        return Matrix([], [], {}, 0)
    shown = {by.filter: tuple(givers), "assigned_to": tuple(takers)}
    within = replace(selection, lists=selection.lists | shown)
    cells: Counter[tuple[str, str]] = Counter()
    for row in added(store, [asked("cells", part, within, by) for part in moves(within, by)]):
        cells[row["from_id"], row["to_id"]] += row["handoffs"]
    passing = names(store, selection.workspace, by.named, givers)
    getting = names(store, selection.workspace, Named.ASSIGNEE, takers)
    return Matrix(
        [_line(giver, passing[giver], total, by) for giver, total in givers.items()],
        [_column(taker, getting[taker], total) for taker, total in takers.items()],
        {cell: number for cell, number in cells.items() if number > 0},
        sum(passed.values()),
    )


def _totals(store: Store, selection: Selection, by: PassedBy) -> tuple[Totals, Totals]:
    """How many each passed on, and how many each got."""
    sums: dict[str, Counter[str]] = {"from": Counter(), "to": Counter()}
    for row in added(store, _sides(selection, by)):
        sums[row["side"]][row["id"]] += row["n"]
    return sums["from"], sums["to"]


_IN_TOTALS = {"source", "kind"}


def _sides(selection: Selection, by: PassedBy) -> list[Asked]:
    if not selection.given <= _IN_TOTALS:
        return [asked("sides", part, selection, by) for part in moves(selection, by)]
    totals = statement("totals", given=selection.given), {**selection.parameters(), "by": by}
    around = [asked("sides", part, selection, by) for part in ends(selection, by)]
    return [*([totals] if selection.has_utc_days else []), *around]


def _largest(totals: Totals, size: int) -> Totals:
    present = ((identifier, total) for identifier, total in totals.items() if total > 0)
    return dict(sorted(present, key=lambda found: (-found[1], found[0]))[:size])


def _column(identifier: str, name: str, total: int) -> Line:
    return Line(identifier, name or identifier, total, {"assigned_to": [encode_id(identifier)]})


def _line(identifier: str, name: str, total: int, by: PassedBy) -> Line:
    rows: Narrowing = {by.filter: [encode_id(identifier)], "kind": [Kind.ASSIGNMENT]}
    return Line(identifier, from_name(identifier, name, by), total, rows)
