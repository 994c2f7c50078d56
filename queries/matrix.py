"""Hand-offs as a matrix: who passes most on, who gets most, and every cell between them.

Totals of both sides are asked first, then the cells between the largest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from queries.filters import Kind, Narrowing, encode_id
from queries.handoffs import PassedBy, from_name, moves
from queries.names import Named, names
from queries.selection import Selection
from queries.sql import statement
from queries.store import Store


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
"""How many, by id; the most first."""


def matrix(store: Store, selection: Selection, by: PassedBy, size: int) -> Matrix:
    """The `size` that pass most on against the `size` that get most."""
    asked = {**selection.parameters(), "by": by, "size": size}
    rows = store.rows(statement("handoff_sides", **moves(selection)), asked)
    givers = {
        by.joined(row["passing"], row["giver"]): row["number"]
        for row in rows
        if row["side"] == "from"
    }
    takers = {row["taker"]: row["number"] for row in rows if row["side"] == "to"}
    total = sum(row["number"] for row in rows if row["side"] == "all")
    passing = names(store, selection.workspace, by.named, givers)
    getting = names(store, selection.workspace, Named.ASSIGNEE, takers)
    return Matrix(
        [_line(giver, passing[giver], number, by) for giver, number in givers.items()],
        [_column(taker, getting[taker], number) for taker, number in takers.items()],
        _cells(store, selection, by, asked, givers, takers) if givers else {},
        total,
    )


def _cells(
    store: Store, selection: Selection, by: PassedBy, asked: dict[str, Any], givers: Totals,
    takers: Totals,
) -> dict[tuple[str, str], int]:  # fmt: skip
    """How many passed from each of those to each."""
    shown = {"givers": [by.parted(giver) for giver in givers], "takers": list(takers)}
    rows = store.rows(statement("handoff_cells", **moves(selection)), asked | shown)
    return {(by.joined(row["passing"], row["giver"]), row["taker"]): row["number"] for row in rows}


def _column(identifier: str, name: str, total: int) -> Line:
    return Line(identifier, name or identifier, total, {"assigned_to": [encode_id(identifier)]})


def _line(identifier: str, name: str, total: int, by: PassedBy) -> Line:
    rows: Narrowing = {by.filter: [encode_id(identifier)], "kind": [Kind.ASSIGNMENT]}
    return Line(identifier, from_name(identifier, name, by), total, rows)
