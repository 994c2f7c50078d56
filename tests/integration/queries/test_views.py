"""The BI views: the report's own rows, every column commented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from producers.event import Source
from queries.filters import Filters
from queries.question import ask
from queries.summary import summarize
from tests.histories import place
from tests.integration.queries.conftest import NOW, World
from tests.integration.queries.oracle import held, shown

pytestmark = pytest.mark.server
README = Path(__file__).parents[3] / "queries" / "README.md"
VIEWS = ("assignments", "assignments_by_source", "handoffs", "conversation_timelines", "time_held")


@pytest.mark.parametrize("view", VIEWS)
def test_every_column_says_what_it_holds(world: World, view: str) -> None:
    rows = world.store.rows(
        "SELECT name, type, comment FROM system.columns "
        "WHERE database = currentDatabase() AND table = {view:String}",
        {"view": view},
    )
    assert rows
    for row in rows:
        assert row["comment"], row["name"]
        assert re.fullmatch(r"[a-z0-9_]+", row["name"])
        assert "AggregateFunction" not in row["type"]
        assert not row["type"].startswith("DateTime") or "UTC" in row["type"]
    tables = world.store.rows(
        "SELECT comment FROM system.tables "
        "WHERE database = currentDatabase() AND name = {view:String}",
        {"view": view},
    )
    assert tables[0]["comment"]


def test_assignments_are_the_rows_of_the_report(world: World) -> None:
    rows = world.store.rows(
        "SELECT toString(event_id) AS id, conversation_id, contact_id, contact_name, "
        "previous_assignee, assigned_to, source_label, assigned_by, is_unassignment "
        "FROM assignments WHERE workspace_id = '1'",
        {},
    )
    expected = {row["event_id"]: row for row in world.rows}
    assert {row["id"] for row in rows} == set(expected)
    assert len(rows) == len(expected)
    for row in rows:
        theirs = expected[row["id"]]
        assert tuple(list(row.values())[1:8]) == shown(theirs)[1:]
        assert row["is_unassignment"] == (not theirs["assigned_to_id"])


def test_labels_are_those_of_the_contract(world: World) -> None:
    rows = world.store.rows(
        "SELECT DISTINCT toString(source) AS source, source_label FROM assignments", {}
    )
    assert rows
    for row in rows:
        assert row["source_label"] == Source(row["source"]).label
    definition = world.store.rows("SHOW CREATE TABLE assignments", {})[0]["statement"]
    for source, label in ((source, source.label) for source in Source):
        assert f"'{source}'" in definition
        assert f"'{label}'" in definition


def test_counts_by_source_are_the_reports(world: World) -> None:
    rows = world.store.rows(
        "SELECT toString(source) AS source, sum(assignments) AS n, sum(unassignments) AS u "
        "FROM assignments_by_source WHERE workspace_id = '1' GROUP BY source",
        {},
    )
    every = Filters(workspace="1", **{"from": "2025-01-01", "to": "2027-01-01"})
    answer = summarize(world.store, ask(world.store, every, NOW).selection)
    assert {row["source"]: row["n"] for row in rows} == {
        one.source.value: one.count for one in answer.sources
    }
    assert sum(row["u"] for row in rows) == answer.unassignments


def test_handoffs_are_the_assignments_to_somebody(world: World) -> None:
    rows = world.store.rows(
        "SELECT toString(event_id) AS id, from_id, to_id FROM handoffs WHERE workspace_id = '1'", {}
    )
    assert {(row["id"], row["from_id"], row["to_id"]) for row in rows} == {
        (row["event_id"], row["previous_assignee_id"], row["assigned_to_id"])
        for row in world.rows
        if row["assigned_to_id"]
    }


def test_timelines_have_every_hand_in_its_place(world: World) -> None:
    rows = world.store.rows(
        "SELECT contact_id, step, holder_id, held_from, held_until FROM conversation_timelines "
        "WHERE workspace_id = '1' ORDER BY contact_id, step",
        {},
    )
    spans = held(world.rows, NOW)
    chains = sorted(world.rows, key=lambda row: (row["contact_id"], place(row)))
    assert [(row["contact_id"], row["holder_id"]) for row in rows] == [
        (row["contact_id"], row["assigned_to_id"]) for row in chains
    ]
    for row, theirs in zip(rows, chains, strict=True):
        since, until = spans[theirs["event_id"]]
        assert row["held_from"].replace(tzinfo=since.tzinfo) == since
        assert (row["held_until"] is None) == (until is None)


def test_readme_names_every_view_and_variable() -> None:
    text = README.read_text(encoding="utf-8")
    for name in VIEWS:
        assert f"| `{name}` |" in text
    source = "\n".join(path.read_text("utf-8") for path in README.parent.rglob("*.py"))
    for variable in set(re.findall(r'"(BATON_\w+)"', source)) - {"BATON_HOME"}:
        assert f"`{variable}`" in text
