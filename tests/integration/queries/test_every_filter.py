"""Every filter, and every two of them, with every answer, against the rows in memory.

A new filter has no value here, and a new answer of the API no check: either fails until it has.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations, pairwise, product
from typing import Any

import pytest
from fastapi import FastAPI

from queries import log
from queries.conversations import most_reassigned
from queries.export import total
from queries.filters import LISTS
from queries.handoffs import PassedBy, handoffs
from queries.holds import HeldBy, time_held
from queries.matrix import matrix
from queries.periods import Step
from queries.question import Question
from queries.selection import before
from queries.summary import summarize, trend
from tests.histories import Row, holder, place, when
from tests.integration.queries.conftest import NOW, World
from tests.integration.queries.oracle import VALUE, by_source, matching
from tests.integration.queries.test_analyses import chained, sums

pytestmark = pytest.mark.server

VALUES: dict[str, list[str]] = {
    "source": ["user", "bot"],
    "assigned_to": ["7", "team:7", "-"],
    "assigned_by": ["7", "-"],
    "contact": [str(n) for n in range(1, 40)],
    "conversation": [f"c{n}-{m}" for n in range(1, 60) for m in (1, 2)],
    "previous": ["8", "bot:7", "user:team:7", "-"],
    "actor": ["user:7", "workflow:7", "bot:b1"],
    "team": ["s", "-"],
    "kind": ["assignment"],
    "holder_kind": ["team", "bot"],
    "hold": ["ended"],
}
OTHERS = {
    "holder_kind": ["user"],
    "kind": ["unassignment"],
    "hold": ["running"],
    "assigned_by": ["8"],
    "team": ["p"],
}
"""Other values of some, which have other ways to be answered."""

SINGLE: list[dict[str, list[str]]] = [
    {},
    *({name: values} for name, values in VALUES.items()),
    *({name: values} for name, values in OTHERS.items()),
]
PAIRS: list[dict[str, list[str]]] = [
    *({one: VALUES[one], two: VALUES[two]} for one, two in combinations(VALUES, 2)),
    *({"hold": ["running"], name: values} for name, values in VALUES.items() if name != "hold"),
]
PERIODS: dict[str, dict[str, str]] = {
    "months": {"from": "2026-01-10", "to": "2026-03-12", "timezone": "Asia/Kathmandu"},
    "odd minutes": {"from": "2026-01-20T10:07:05Z", "to": "2026-02-21T23:22:33.005Z"},
}

Check = Callable[[World, Question, list[Row]], None]


def counts(world: World, question: Question, rows: list[Row]) -> None:
    answer = summarize(world.store, question.selection)
    assert {one.source: one.count for one in answer.sources} == by_source(rows)
    assert answer.unassignments == sum(not row["assigned_to_id"] for row in rows)


def period_before(world: World, question: Question, rows: list[Row]) -> None:
    earlier = replace(question, selection=before(question.filters, question.selection, NOW))
    counts(world, earlier, matching(world.rows, earlier))


def course(world: World, question: Question, rows: list[Row]) -> None:
    points = trend(world.store, question.selection, Step.DAY).points
    for point in points:
        inside = [row for row in rows if point.start <= when(row) < point.end]
        assert point.count == len(inside)
        assert point.unassignments == sum(not row["assigned_to_id"] for row in inside)
    assert sum(point.count for point in points) == len(rows)


def pages_of_the_log(world: World, question: Question, rows: list[Row]) -> None:
    found: list[str] = []
    cursor: str | None = None
    while cursor is not None or not found:
        page = log.page(world.store, question.selection, cursor=cursor, limit=400, now=NOW)
        found += [row.event_id for row in page.rows]
        cursor = page.next
        if cursor is None:
            break
    assert found == [row["event_id"] for row in rows]


def passed(world: World, question: Question, rows: list[Row]) -> None:
    for by, giver in ((PassedBy.ACTOR, VALUE["actor"]), (PassedBy.HOLDER, VALUE["previous"])):
        pairs = Counter((giver(r), holder(r)) for r in rows if r["assigned_to_id"])
        found = handoffs(world.store, question.selection, by)
        assert Counter(one.count for one in found) == Counter(pairs.values())
        whole = matrix(world.store, question.selection, by, 100)
        assert whole.cells == pairs
        assert whole.total == pairs.total()


def held(world: World, question: Question, rows: list[Row]) -> None:
    for by in HeldBy:
        found = time_held(world.store, question.selection, NOW, by)
        assert sums(found) == chained(world.rows, question, by)


def busiest(world: World, question: Question, rows: list[Row]) -> None:
    by_id: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_id[row["conversation_id"]].append(row)
    most = sorted(by_id, key=lambda each: (-len(by_id[each]), each.encode()))
    found = most_reassigned(world.store, question.selection, 15)
    assert [one.conversation_id for one in found] == [
        each for each in most if len(by_id[each]) > 1
    ][:15]
    for one in found:
        chain = sorted(by_id[one.conversation_id], key=place)
        moves = [(holder(row, "previous_assignee"), holder(row)) for row in chain]
        assert one.assignments == len(chain)
        assert one.loops == sum(
            all((*first, *second)) and first == second[::-1] for first, second in pairwise(moves)
        )


def exported(world: World, question: Question, rows: list[Row]) -> None:
    assert total(world.store, question) == len(rows)


ANSWERS: dict[str, tuple[Check, ...]] = {
    "summary": (counts, period_before),
    "trend": (course,),
    "log": (pages_of_the_log,),
    "handoffs": (passed,),
    "time-held": (held,),
    "conversations": (busiest,),
    "exports": (exported,),
}
"""What the API answers to filters, by the end of its path."""

NO_FILTERS = {"filters/{name}", "timeline", "freshness", "workspaces"}


def test_every_filter_has_a_value() -> None:
    assert VALUES.keys() == set(LISTS)
    assert VALUE.keys() | {"hold"} == set(LISTS)


def test_every_answer_has_a_check(app: FastAPI) -> None:
    paths = {path.removeprefix("/api/v1/") for path in app.openapi()["paths"]}
    found = {path for path in paths if not path.startswith("exports/")}
    assert found - NO_FILTERS == ANSWERS.keys()


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize(
    ("period", "given"),
    [*product(PERIODS, SINGLE), *product(["months"], PAIRS)],
    ids=lambda given: given if isinstance(given, str) else "+".join(given) or "none",
)
def test_an_answer_is_that_of_the_rows(
    world: World, given: dict[str, Any], answer: str, period: str
) -> None:
    question = world.ask(**given, **PERIODS[period])
    rows = matching(world.rows, question)
    for check in ANSWERS[answer]:
        check(world, question, rows)
