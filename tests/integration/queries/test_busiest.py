"""Conversations found by their totals, where each is one row and where it has several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import islice
from typing import Any
from uuid import uuid4

import pytest

from deploy.borrowed import with_database
from queries import busiest
from queries.conversations import most_reassigned
from queries.question import Question
from queries.sizes import Sizes
from queries.store import ClickHouseStore
from sink.clickhouse import connect, create_database, quoted, settings_from_url
from sink.migrate import migrate, migrations
from tests.histories import histories
from tests.integration.queries.conftest import NOW, Heard, World, insert
from tests.integration.queries.oracle import matching

pytestmark = pytest.mark.server

QUESTIONS: list[dict[str, Any]] = [
    {"from": "2026-01-01", "to": "2026-03-31"},
    {"from": "2026-01-20", "to": "2026-02-20", "timezone": "Asia/Kathmandu"},
    {"from": "2026-02-03", "to": "2026-02-16"},
    {"from": "2026-01-10", "to": "2026-03-10", "source": ["user"]},
    {"from": "2026-01-10", "to": "2026-02-20", "source": ["bot", "workflow", "make"]},
    {"from": "2026-01-15", "to": "2026-02-25", "source": ["close_conversation"]},
    {"from": "2026-01-01", "to": "2026-03-31", "kind": ["unassignment"]},
    {"from": "2026-01-20", "to": "2026-02-20", "assigned_to": ["-"]},
    {"from": "2026-01-20", "to": "2026-03-20", "kind": ["assignment"]},
    {"from": "2026-01-20", "to": "2026-03-20", "kind": ["assignment", "unassignment"]},
    {"from": "2025-01-01", "to": "2025-12-31"},
]


@pytest.fixture(scope="module")
def merged(clickhouse: str) -> Iterator[World]:
    """A database in which ClickHouse has merged what belongs together."""
    name = f"t{uuid4().hex[:12]}"
    url = with_database(clickhouse, name)
    settings = settings_from_url({"CLICKHOUSE_URL": url})
    create_database(settings)
    client = connect(settings)
    for _ in migrate(client, migrations()):
        pass
    made = {"1": histories("1", 800, NOW - timedelta(days=70), NOW)}
    for part in range(3):
        insert(client, made["1"].arriving[part::3])
    client.command("OPTIMIZE TABLE conversation_totals FINAL")
    yield World(ClickHouseStore.from_environment(settings), client, url, made)
    client.command(f"DROP DATABASE {quoted(name)}")


@pytest.fixture(params=["merged", "world"])
def told(request: pytest.FixtureRequest) -> World:
    """Each conversation in one row; or in several, of several parts, with corrections."""
    found: World = request.getfixturevalue(request.param)
    return found


@pytest.fixture(autouse=True)
def of_totals(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are asked however few rows there are."""
    monkeypatch.setattr(busiest, "_QUICK", -1)
    monkeypatch.setattr(busiest, "_A_MONTH", timedelta(0))
    monkeypatch.setattr(Sizes, "looked_at", lambda sizes, floor: 0)


@pytest.mark.parametrize("limit", [1, 7, 50])
@pytest.mark.parametrize("floor", [2, 4, 99])
@pytest.mark.parametrize("given", QUESTIONS, ids=str)
def test_totals_find_what_the_rows_say(
    told: World, given: dict[str, Any], floor: int, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it is guessed that they are, and whether that is known from before or not."""
    monkeypatch.setattr(Sizes, "floor", lambda sizes, enough: floor)
    question = told.ask(**given)
    store = Heard(told.store)
    for _ in range(2):
        shown = most_reassigned(store, question.selection, limit)
        assert [one.assignments for one in shown] == counted(told, question)[:limit]
    assert any("AS within" in query for query in store.asked)


@pytest.mark.parametrize("given", QUESTIONS, ids=str)
def test_totals_and_counts_find_the_same(told: World, given: dict[str, Any]) -> None:
    selection = told.ask(**given).selection
    totals, counts = islice(busiest.busiest(told.store, selection, 20), 2)
    at_most = {one.number: one.assignments for one in totals}
    whole = {one.number for one in totals if one.exact}
    for one in counts:
        assert at_most[one.number] >= one.assignments
        assert at_most[one.number] == one.assignments or one.number not in whole


def test_totals_alone_answer_where_each_conversation_is_one_row(merged: World) -> None:
    question = merged.ask(**QUESTIONS[0])
    store = Heard(merged.store)
    most_reassigned(store, question.selection, 5)
    assert not any("FROM conversation_counts" in query for query in store.asked)
    assert not any("rest" in query for query in store.asked)


def test_totals_are_not_asked_again_soon_where_counting_is_quicker(
    merged: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(busiest, "_QUICK", 1e9)
    question = merged.ask(**QUESTIONS[0])

    def asked(store: Heard) -> list[bool]:
        store.asked.clear()
        assert most_reassigned(store, question.selection, 5)
        return ["conversation_totals" in query for query in store.asked]

    store = Heard(merged.store)
    assert asked(store) == [True, False, False]
    assert asked(store) == [False, False]
    monkeypatch.setattr(busiest, "_KEPT", 0.0)
    busiest._kept.clear()
    assert asked(store) == asked(store) == [True, False, False]


def test_the_first_and_the_last_time_enclose_all_rows(world: World) -> None:
    outside = world.client.query(
        "SELECT count() FROM assignment_log AS log FINAL INNER JOIN ("
        "  SELECT workspace_id, conversation_hash, min(first_bucket) AS f, max(last_bucket) AS l"
        "  FROM conversation_totals GROUP BY workspace_id, conversation_hash) AS totals"
        " ON totals.conversation_hash = sipHash64(log.conversation_id)"
        "  AND totals.workspace_id = log.workspace_id"
        " WHERE log.occurred_at < totals.f OR log.occurred_at >= totals.l + 900"
    )
    assert outside.result_rows == [(0,)]


class Collided(ClickHouseStore):
    """A conversation with one assignment has the number of another with many."""

    def __init__(self, world: World, conversation: str) -> None:
        super().__init__(world.client)
        asked = {"id": conversation}
        found = world.client.query("SELECT sipHash64({id:String})", parameters=asked)
        self.number = found.result_rows[0][0]

    def rows(self, query: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        found = super().rows(query, parameters)
        if found and {"conversation_hash", "number"} <= found[0].keys():
            return [{**found[0], "conversation_hash": self.number, "number": 99}, *found[:-1]]
        return found


def test_conversations_of_one_number_are_counted_apart(told: World) -> None:
    question = told.ask(period="30d")
    counts = Counter(row["conversation_id"] for row in matching(told.rows, question))
    single = next(name for name, number in counts.items() if number == 1)
    store = Collided(told, single)
    found = most_reassigned(store, question.selection, 20)
    assert found[:19] == most_reassigned(told.store, question.selection, 19)
    assert single not in {one.conversation_id for one in found}


def counted(world: World, question: Question) -> list[int]:
    """How many assignments conversations had, two at least, the most first."""
    by_id = Counter(row["conversation_id"] for row in matching(world.rows, question))
    return sorted((number for number in by_id.values() if number > 1), reverse=True)
