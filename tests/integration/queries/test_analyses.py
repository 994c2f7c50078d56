"""Hand-offs, time held and conversations against the rows; every number opens its rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import Any

import pytest

from queries.conversations import most_reassigned
from queries.filters import Filters, Narrowing
from queries.handoffs import PassedBy, handoffs
from queries.holds import HeldBy, TimeHeld, time_held
from queries.matrix import matrix
from queries.question import Question
from queries.selection import narrow, select
from queries.summary import summarize
from queries.timeline import timeline
from tests.histories import Row, holder, place, when
from tests.integration.queries.conftest import NOW, World
from tests.integration.queries.oracle import VALUE, held, matching

pytestmark = pytest.mark.server

QUESTIONS: list[dict[str, Any]] = [
    {"period": "30d"},
    {"from": "2026-01-01", "to": "2026-03-31"},
    {"from": "2026-01-20", "to": "2026-01-27"},
    {"source": ["user", "workflow"]},
    {"assigned_to": ["7", "-"]},
    {"contact": ["5", "6", "7", "8"]},
    {"previous": ["7"], "from": "2026-01-01", "to": "2026-03-31"},
    {"team": ["p"], "from": "2026-01-01", "to": "2026-03-31"},
    {"hold": ["running"], "from": "2026-01-01", "to": "2026-03-10"},
    {"hold": ["ended"], "assigned_to": ["7", "-"]},
    {"hold": ["running"], "contact": ["5", "6", "7"], "from": "2026-01-01", "to": "2026-03-31"},
    {"conversation": ["c5-1", "c5-2"], "from": "2026-01-01", "to": "2026-03-31"},
    {"kind": ["unassignment"], "from": "2026-01-01", "to": "2026-03-31"},
    {"timezone": "Asia/Kathmandu", "from": "2026-01-09", "to": "2026-03-14"},
    {"timezone": "America/New_York", "period": "yesterday"},
    {"from": "2026-01-09T10:07:05+00:00", "to": "2026-03-10T23:22:33+00:00"},
    {"from": "2026-03-10T04:15:00+00:00", "to": "2026-03-10T21:00:00+00:00"},
    {"actor": ["workflow:7", "user:8"], "timezone": "Asia/Kolkata", "period": "last_month"},
    {"assigned_by": ["7", "-"], "assigned_to": ["8", "10"], "period": "this_month"},
    {"assigned_by": ["7", "-"], "period": "last_month"},
    {
        "assigned_by": ["7", "8"],
        "source": ["user", "bot"],
        "from": "2026-01-01",
        "to": "2026-03-31",
    },
    {"source": ["bot"], "previous": ["8"], "timezone": "Asia/Kathmandu", "period": "last_month"},
]


def opened(world: World, question: Question, rows: Narrowing) -> int:
    """How many rows the log shows when the number is clicked."""
    by = select(Filters(**rows), "1", question.selection.tz, NOW).during(question.selection.span)
    chosen = narrow(question.selection, by)
    return len(matching(world.rows, replace(question, selection=chosen)))


@pytest.mark.parametrize("given", QUESTIONS, ids=str)
@pytest.mark.parametrize("by", list(PassedBy))
def test_handoffs_are_those_of_the_rows(world: World, given: dict[str, Any], by: PassedBy) -> None:
    question = world.ask(**given)
    rows = [row for row in matching(world.rows, question) if row["assigned_to_id"]]
    giver = VALUE["previous"] if by is PassedBy.HOLDER else VALUE["actor"]
    pairs = Counter((giver(row), holder(row)) for row in rows)
    found = handoffs(world.store, question.selection, by)
    assert sorted((h.count for h in found), reverse=True) == [h.count for h in found]
    assert Counter(h.count for h in found) == Counter(pairs.values())
    for handoff in found:
        assert opened(world, question, handoff.rows) == handoff.count


@pytest.mark.parametrize("by", list(PassedBy))
@pytest.mark.parametrize(
    "given",
    [
        {"from": "2026-01-01", "to": "2026-03-31"},
        {"from": "2026-01-09", "to": "2026-03-10", "timezone": "Asia/Kathmandu"},
        {"source": ["user", "bot"], "period": "30d", "timezone": "America/New_York"},
        {"assigned_by": ["7", "8"], "period": "last_month"},
    ],
    ids=str,
)
def test_the_matrix_has_whole_sums_and_every_cell(
    world: World, given: dict[str, Any], by: PassedBy
) -> None:
    question = world.ask(**given)
    whole = matrix(world.store, question.selection, by, 50)
    part = matrix(world.store, question.selection, by, 3)
    assert whole.total == part.total == sum(whole.cells.values())
    assert part.lines == whole.lines[:3]
    assert part.columns == whole.columns[:3]
    for line in whole.lines:
        assert line.total == opened(world, question, line.rows)
        assert line.total == sum(n for (name, _), n in whole.cells.items() if name == line.id)
        for column in whole.columns:
            count = whole.cells.get((line.id, column.id), 0)
            assert count == opened(world, question, whole.behind(line, column))
    for column in whole.columns:
        assert column.total == opened(world, question, column.rows)


@pytest.mark.parametrize("given", QUESTIONS, ids=str)
@pytest.mark.parametrize("by", list(HeldBy))
def test_time_held_is_that_of_the_chains(world: World, given: dict[str, Any], by: HeldBy) -> None:
    question = world.ask(**given)
    found = time_held(world.store, question.selection, NOW, by)
    assert sums(found) == chained(world.rows, question, by)
    for one in found:
        assert opened(world, question, one.rows) == one.holds
        assert opened(world, question, one.running_rows) == one.running


@pytest.mark.parametrize("given", [{}, {"source": ["user", "bot"]}, {"assigned_by": ["7", "8"]}])
@pytest.mark.parametrize("days", [("2026-01-01", "2026-03-31"), ("2026-03-12", "2026-03-14")])
@pytest.mark.parametrize("by", list(HeldBy))
def test_time_held_is_exact_where_rows_do_not_say_what_began_it(
    world: World, given: dict[str, Any], days: tuple[str, str], by: HeldBy
) -> None:
    question = world.ask("2", **given, **{"from": days[0], "to": days[1]})
    found = time_held(world.store, question.selection, NOW, by)
    assert sums(found) == chained(world.by_workspace["2"].final, question, by)


def sums(found: list[TimeHeld]) -> Counter[tuple[int, int, float]]:
    return Counter((h.holds, h.running, round(h.seconds, 3)) for h in found)


def chained(rows: list[Row], question: Question, by: HeldBy) -> Counter[tuple[int, int, float]]:
    """What `sums` should be: each selected row and the next of its contact."""
    spans = held(rows, NOW)
    expected: dict[tuple[bool, str], list[float]] = defaultdict(lambda: [0, 0, 0.0])
    for row in matching(rows, question):
        since, until = spans[row["event_id"]]
        nobody = not row["assigned_to_id"]
        team = by is HeldBy.TEAM and not nobody
        one = expected[nobody, row["assigned_to_team_id"] if team else holder(row)]
        one[0] += 1
        one[1] += until is None
        one[2] += ((until or NOW) - since).total_seconds()
    return Counter((int(n), int(r), round(s, 3)) for n, r, s in expected.values())


@pytest.mark.parametrize("given", QUESTIONS, ids=str)
def test_conversations_have_their_hands_in_order(world: World, given: dict[str, Any]) -> None:
    question = world.ask(**given)
    by_id: dict[str, list[Any]] = defaultdict(list)
    for row in matching(world.rows, question):
        by_id[row["conversation_id"]].append(row)
    counts = sorted((len(rows) for rows in by_id.values() if len(rows) > 1), reverse=True)
    found = most_reassigned(world.store, question.selection, 20)
    assert [one.assignments for one in found] == counts[:20]
    assert len({one.conversation_id for one in found}) == len(found)
    assert found == most_reassigned(world.store, question.selection, 20)
    for one in found:
        chain = sorted(by_id[one.conversation_id], key=place)
        assert one.assignments == len(chain) == opened(world, question, one.rows)
        assert one.hands[1:] == [row["assigned_to_name"] or "-" for row in chain]


def test_a_timeline_has_every_hand_and_how_long(world: World) -> None:
    tz = world.ask().selection.tz
    chain = sorted((row for row in world.rows if row["contact_id"] == "5"), key=place)
    spans = held(world.rows, NOW)
    found = timeline(world.store, "1", tz, NOW, contact="5")
    assert [(h.since, h.until) for h in found.hands] == [spans[r["event_id"]] for r in chain]
    assert [h.holder for h in found.hands] == [r["assigned_to_name"] or "-" for r in chain]
    part = timeline(world.store, "1", tz, NOW, conversation=chain[0]["conversation_id"])
    assert part.contact_id == "5"
    assert {hand.conversation_id for hand in part.hands} == {chain[0]["conversation_id"]}
    assert all(hand in found.hands for hand in part.hands)


def test_counts_and_analyses_speak_of_the_same_rows(world: World) -> None:
    question = world.ask(period="30d")
    total = summarize(world.store, question.selection).total
    assert sum(h.holds for h in time_held(world.store, question.selection, NOW)) == total
    somebody = [row for row in matching(world.rows, question) if row["assigned_to_id"]]
    assert sum(h.count for h in handoffs(world.store, question.selection)) == len(somebody)
    assert max(when(row) for row in somebody) < question.selection.span.end
