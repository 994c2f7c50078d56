"""Hand-offs as a matrix: who passes most on, who gets most, and every cell between them."""

from __future__ import annotations

from dataclasses import dataclass

from queries.analyses import Narrowing, PassedBy
from queries.filters import Kind, encode_id
from queries.selection import Selection
from queries.sql import statement
from queries.store import Row, Store

_ALL = 1_000_000


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


def matrix(store: Store, selection: Selection, by: PassedBy, size: int) -> Matrix:
    """The `size` that pass most on against the `size` that get most."""
    rows = store.rows(
        statement("matrix", "selected", "cells=handoffs"),
        {**selection.parameters(), "by": by, "limit": _ALL, "size": size},
    )
    field = "previous" if by is PassedBy.HOLDER else "actor"
    lines = {row["from_id"]: _line(row, "from", field) for row in rows}
    ranked = sorted(rows, key=lambda row: row["to_rank"])
    columns = {row["to_id"]: _line(row, "to", "assigned_to") for row in ranked}
    return Matrix(
        lines=list(lines.values()),
        columns=list(columns.values()),
        cells={(row["from_id"], row["to_id"]): row["handoffs"] for row in rows},
        total=rows[0]["all_handoffs"] if rows else 0,
    )


def _line(row: Row, side: str, field: str) -> Line:
    narrowing: Narrowing = {field: [encode_id(row[f"{side}_id"])]}
    if side == "from":
        narrowing["kind"] = [Kind.ASSIGNMENT]
    return Line(row[f"{side}_id"], row[f"{side}_name"], row[f"{side}_total"], narrowing)
