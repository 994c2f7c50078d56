"""Hand-offs as a matrix: who passes most on, who gets most, and every cell between them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from queries.analyses import Narrowing, PassedBy, from_name, moves, names, sides
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
    found = store.rows(
        statement("totals", *sides(selection, by), *names(by), given=selection.given),
        {**selection.parameters(), "by": by, "size": size},
    )
    lines = [_line(row, by) for row in found if row["side"] == "from"]
    columns = [_column(row) for row in found if row["side"] == "to"]
    return Matrix(
        lines, columns, _cells(store, selection, by, lines, columns),
        total=found[0]["everything"] if found else 0,
    )  # fmt: skip


def _cells(
    store: Store, selection: Selection, by: PassedBy, lines: list[Line], columns: list[Line]
) -> dict[tuple[str, str], int]:
    if not lines:
        return {}
    field = "previous" if by is PassedBy.HOLDER else "actor"
    shown = {
        field: tuple(line.id for line in lines),
        "assigned_to": tuple(column.id for column in columns),
    }
    within = replace(selection, lists=selection.lists | shown)
    rows = store.rows(
        statement("cells", *moves(within, by), given=within.given),
        {**within.parameters(), "by": by},
    )
    return {(row["from_id"], row["to_id"]): row["handoffs"] for row in rows}


def _column(row: Row) -> Line:
    return Line(
        row["id"], row["name"] or row["id"], row["total"], {"assigned_to": [encode_id(row["id"])]}
    )


def _line(row: Row, by: PassedBy) -> Line:
    field = "previous" if by is PassedBy.HOLDER else "actor"
    rows: Narrowing = {field: [encode_id(row["id"])], "kind": [Kind.ASSIGNMENT]}
    return Line(row["id"], from_name(row["id"], row["name"], by), row["total"], rows)
