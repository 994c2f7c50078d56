"""Hand-offs as a matrix: who passes most on, who gets most, and every cell between them."""

from __future__ import annotations

from dataclasses import dataclass

from queries.analyses import Narrowing, PassedBy, cells, from_name, names
from queries.filters import Kind, encode_id
from queries.selection import Selection
from queries.sql import statement
from queries.store import Row, Store


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
        statement("matrix", *cells(selection, by), *names(by), given=selection.given),
        {**selection.parameters(), "by": by, "size": size},
    )
    lines = {row["from_id"]: _line(row, "from", by) for row in rows}
    ranked = sorted(rows, key=lambda row: row["to_rank"])
    columns = {row["to_id"]: _line(row, "to", by) for row in ranked}
    return Matrix(
        lines=list(lines.values()),
        columns=list(columns.values()),
        cells={(row["from_id"], row["to_id"]): row["handoffs"] for row in rows},
        total=rows[0]["all_handoffs"] if rows else 0,
    )


def _line(row: Row, side: str, by: PassedBy) -> Line:
    identifier, name, total = (row[f"{side}_{what}"] for what in ("id", "name", "total"))
    if side == "to":
        return Line(identifier, name or identifier, total, {"assigned_to": [encode_id(identifier)]})
    field = "previous" if by is PassedBy.HOLDER else "actor"
    rows: Narrowing = {field: [encode_id(identifier)], "kind": [Kind.ASSIGNMENT]}
    return Line(identifier, from_name(identifier, name, by), total, rows)
