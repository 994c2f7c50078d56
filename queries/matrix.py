"""Hand-offs as a matrix: who passes most on, who gets most, and every cell between them.

Totals of both sides are asked first, then the cells between the largest. Where filters leave few
moves, these come with the totals, and no cell has to be asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
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

Cells = Counter[tuple[str, str]]
"""How many, by who passed on and who got."""

MANY = 20_000
"""Of more moves than this it does not come with the totals who got them: it would take longer than
to ask for the cells."""


@dataclass(frozen=True)
class _Part:
    """What one part of the moves says."""

    moves: Moves
    passed: Totals
    got: Totals
    told: dict[str, Row]
    """Who got how many from whom, by who passed on; empty where that has to be asked for."""


def matrix(store: Store, selection: Selection, by: PassedBy, size: int) -> Matrix:
    """The `size` that pass most on against the `size` that get most."""
    parts = _parts(store, selection, by)
    passed = _added(part.passed for part in parts)
    givers = _largest(passed, size)
    takers = _largest(_added(part.got for part in parts), size)
    if not givers:
        return Matrix([], [], {}, 0)
    named = _named(store, selection, by, givers, takers)
    cells = _cells(store, selection, by, parts, givers, takers)
    passing, getting = named[by.named].result(), named[Named.ASSIGNEE].result()
    return Matrix(
        [_line(giver, passing[giver], total, by) for giver, total in givers.items()],
        [_column(taker, getting[taker], total) for taker, total in takers.items()],
        {cell: cells[cell] for cell in product(givers, takers) if cells[cell] > 0},
        passed.total(),
    )


_IN_TOTALS = {"source", "kind"}


def _parts(store: Store, selection: Selection, by: PassedBy) -> list[_Part]:
    """Totals, with all cells where filters other than these leave few."""
    parts = moves(selection, by)
    asking = [asked("sides", part, selection, by, {"most": MANY}) for part in parts]
    if parts and parts[0] != ("ends_of_log",) and selection.given <= _IN_TOTALS:
        asking[0] = statement(f"totals_of_{by}s", given=selection.given), asking[0][1]
    found = answers(store, asking)
    return [_part(part, rows, by) for part, rows in zip(parts, found, strict=True)]


def _part(part: Moves, rows: Sequence[Row], by: PassedBy) -> _Part:
    passing = [row for row in rows if row["side"] == "from"]
    passed = {_giver(row, by): row["number"] for row in passing}
    got = {row["taker"]: row["number"] for row in rows if row["side"] == "to"}
    told = {_giver(row, by): row for row in passing if row.get("takers")}
    return _Part(part, passed, got, told)


def _giver(row: Row, by: PassedBy) -> str:
    return by.joined(row["passing"], row["giver"])


def _cells(
    store: Store,
    selection: Selection,
    by: PassedBy,
    parts: Sequence[_Part],
    givers: Totals,
    takers: Totals,
) -> Cells:
    """How many passed from each of those to each, and some of what passed between others."""
    cells: Cells = Counter()
    for part in parts:
        for giver in givers.keys() & part.told.keys():
            row = part.told[giver]
            for taker, number in zip(row["takers"], row["numbers"], strict=True):
                cells[giver, taker] += number
    within, more = _between(givers, takers, selection, by)
    asking = [asked("cells", part.moves, within, by, more) for part in parts if not part.told]
    for rows in answers(store, asking):
        for row in rows:
            cells[_giver(row, by), row["taker"]] += row["number"]
    return cells


def _between(
    givers: Totals, takers: Totals, selection: Selection, by: PassedBy
) -> tuple[Selection, dict[str, Any]]:
    """What lies between those, at least; and the ids of who passed on, which may be those of others
    in other sources."""
    parted = [by.parted(giver) for giver in givers]
    shown = {"assigned_to": tuple(takers)}
    if by is PassedBy.ACTOR:
        shown["source"] = tuple({source for source, _ in parted})
    within = replace(selection, lists=selection.lists | shown)
    return within, {"ids": [identifier for _, identifier in parted]}


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


def _added(many: Iterable[Totals]) -> Counter[str]:
    added: Counter[str] = Counter()
    for totals in many:
        added.update(totals)
    return added


def _largest(totals: Totals, size: int) -> Totals:
    present = ((identifier, total) for identifier, total in totals.items() if total > 0)
    return dict(sorted(present, key=lambda found: (-found[1], found[0]))[:size])


def _column(identifier: str, name: str, total: int) -> Line:
    return Line(identifier, name or identifier, total, {"assigned_to": [encode_id(identifier)]})


def _line(identifier: str, name: str, total: int, by: PassedBy) -> Line:
    rows: Narrowing = {by.filter: [encode_id(identifier)], "kind": [Kind.ASSIGNMENT]}
    return Line(identifier, from_name(identifier, name, by), total, rows)
