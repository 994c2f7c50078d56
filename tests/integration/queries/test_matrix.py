"""The matrix of hand-offs against the rows."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from queries.handoffs import PassedBy, handoffs
from queries.matrix import Matrix, matrix
from tests.histories import holder
from tests.integration.queries.conftest import World
from tests.integration.queries.oracle import VALUE, matching
from tests.integration.queries.test_analyses import QUESTIONS

pytestmark = pytest.mark.server

ODD_DAYS = {"from": "2026-01-09", "to": "2026-03-14", "timezone": "Asia/Kathmandu"}


def largest(pairs: Counter[tuple[str, str]], side: int, size: int) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for pair, number in pairs.items():
        totals[pair[side]] += number
    return dict(sorted(totals.items(), key=lambda found: (-found[1], found[0]))[:size])


def told(found: Matrix) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    lines = [(line.id, line.total) for line in found.lines]
    return lines, [(column.id, column.total) for column in found.columns]


@pytest.mark.parametrize("by", list(PassedBy))
@pytest.mark.parametrize("given", QUESTIONS, ids=str)
def test_it_is_that_of_the_rows(world: World, given: dict[str, Any], by: PassedBy) -> None:
    question = world.ask(**given)
    giver = VALUE["previous"] if by is PassedBy.HOLDER else VALUE["actor"]
    rows = [row for row in matching(world.rows, question) if row["assigned_to_id"]]
    pairs = Counter((giver(row), holder(row)) for row in rows)
    found = matrix(world.store, question.selection, by, 3)
    givers, takers = largest(pairs, 0, 3), largest(pairs, 1, 3)
    assert told(found) == (list(givers.items()), list(takers.items()))
    assert found.cells == {
        pair: number for pair, number in pairs.items() if pair[0] in givers and pair[1] in takers
    }
    assert found.total == len(rows)


@pytest.mark.parametrize("given", [{"assigned_to": ["-"]}, {"kind": ["unassignment"]}], ids=str)
@pytest.mark.parametrize("by", list(PassedBy))
def test_what_nobody_got_is_no_handoff(world: World, given: dict[str, Any], by: PassedBy) -> None:
    selection = world.ask(**given, **ODD_DAYS).selection
    assert matrix(world.store, selection, by, 3) == Matrix([], [], {}, 0)
    assert handoffs(world.store, selection, by) == []
