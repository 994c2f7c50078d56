"""Counts and courses against the rows in memory, whichever table they are counted from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from queries import tables
from queries.filters import encode_id
from queries.holders import holder as holder_text
from queries.percentages import percentages
from queries.periods import Period, Step
from queries.selection import before
from queries.sql import statement
from queries.summary import summarize, trend
from queries.tables import tally
from tests.histories import PEOPLE, when
from tests.integration.queries.conftest import NOW, World
from tests.integration.queries.oracle import by_source, matching

pytestmark = pytest.mark.server

QUESTIONS: list[dict[str, Any]] = [
    *({"period": period} for period in Period),
    {"source": ["user", "bot"]},
    {"assigned_to": ["-"]},
    {"assigned_to": ["7", "-"]},
    {"assigned_to": [encode_id(holder_text(person[4], person[0])) for person in PEOPLE]},
    {"assigned_by": ["7"]},
    {"assigned_by": ["-"]},
    {"assigned_by": ["7"], "source": ["workflow"]},
    {"actor": ["workflow:7", "contact_import:"]},
    {"kind": ["unassignment"]},
    {"hold": ["running"]},
    {"hold": ["running", "ended"], "period": "7d"},
    {"hold": ["ended"], "source": ["user"]},
    {"hold": ["running"], "conversation": ["c5-1", "c6-1"]},
    {"kind": ["assignment"], "source": ["close_conversation"]},
    {"contact": ["5", "6"]},
    {"conversation": ["c5-1"]},
    {"previous": ["-"]},
    {"previous": [encode_id("-"), "12"]},
    {"team": ["s"]},
    {"team": ["-"], "kind": ["assignment"]},
    {"contact": ["'; DROP TABLE assignment_log --", "\\", "\t\n"]},
    {"timezone": "Asia/Kathmandu", "period": "today"},
    {"from": "2026-02-01T10:07:00Z", "to": "2026-02-10T11:11:11.111Z"},
    {"from": "2026-02-01T10:15:00Z", "to": "2026-02-10T11:30:00Z"},
    {"from": "1970-01-01", "to": "1970-02-01"},
    {"from": "1970-01-01", "to": "1970-01-01", "timezone": "Pacific/Kiritimati"},
    {"from": "1970-01-01", "to": "2105-12-31", "timezone": "Asia/Kathmandu"},
    {"from": "1970-01-01", "to": "2105-12-31", "timezone": "Etc/GMT+12"},
    {"from": "2025-12-01", "to": "2026-12-31"},
]


def name(given: dict[str, Any]) -> str:
    return " ".join(f"{key}={value}" for key, value in given.items())


@pytest.mark.parametrize("given", QUESTIONS, ids=name)
def test_counts_and_shares_are_those_of_the_rows(world: World, given: dict[str, Any]) -> None:
    question = world.ask(**given)
    rows = matching(world.rows, question)
    answer = summarize(world.store, question.selection)
    assert {row.source: row.count for row in answer.sources} == by_source(rows)
    assert [row.source for row in answer.sources] == list(by_source(rows))
    assert answer.total == len(rows)
    assert answer.unassignments == sum(not row["assigned_to_id"] for row in rows)
    assert [row.percent for row in answer.sources] == percentages(list(by_source(rows).values()))


@pytest.mark.parametrize("given", QUESTIONS, ids=name)
def test_counts_and_log_agree(
    world: World, given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = world.ask(**given).selection
    if not tables.SOURCE_COUNTS.answers(chosen):
        pytest.skip("the counts cannot answer this")
    counted = summarize(world.store, chosen), trend(world.store, chosen)
    monkeypatch.setattr(tables.Table, "answers", lambda *_: False)
    assert (summarize(world.store, chosen), trend(world.store, chosen)) == counted


@pytest.mark.parametrize(
    "zone", ["UTC", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"]
)
@pytest.mark.parametrize("step", list(Step))
def test_the_course_has_every_row_in_its_bucket(world: World, zone: str, step: Step) -> None:
    question = world.ask(timezone=zone, period="30d")
    rows = matching(world.rows, question)
    course = trend(world.store, question.selection, step)
    assert sum(point.count for point in course.points) == len(rows)
    for point in course.points:
        inside = [row for row in rows if point.start <= when(row) < point.end]
        assert (point.count, point.unassignments) == (
            len(inside),
            sum(not row["assigned_to_id"] for row in inside),
        )


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({}, "source_counts"),
        ({"source": ["user"]}, "source_counts"),
        ({"kind": ["unassignment"]}, "source_counts"),
        ({"assigned_to": ["7", "-"]}, "assignment_log"),
        ({"source": ["user"], "assigned_by": ["7"]}, "assignment_log"),
    ],
)
def test_counts_are_read_from_the_smallest_table(
    world: World, given: dict[str, Any], read: str
) -> None:
    chosen = world.ask(period="30d", **given).selection
    course = {**chosen.parameters(), "edges": [0, 1_770_000_000]}
    for name in ("by_source", "trend"):
        plan = world.client.query(f"EXPLAIN {statement(name, **tally(chosen))}", parameters=course)
        assert any(read in line for (line,) in plan.result_rows)


def test_clickhouses_own_calendar_agrees_on_days(world: World) -> None:
    for zone in ("Asia/Kathmandu", "America/St_Johns", "Pacific/Chatham", "Australia/Lord_Howe"):
        question = world.ask(timezone=zone, **{"from": "2026-01-05", "to": "2026-03-14"})
        days = trend(world.store, question.selection, Step.DAY)
        rows = world.store.rows(
            "SELECT toString(toDate(occurred_at, {zone:String})) AS day, count() AS n "
            "FROM assignment_log FINAL WHERE workspace_id = '1' GROUP BY day",
            {"zone": zone},
        )
        theirs = {row["day"]: row["n"] for row in rows}
        ours = {str(point.start.date()): point.count for point in days.points}
        assert ours == {day: theirs.get(day, 0) for day in ours}
        assert len(ours) == 69


def test_the_period_before_is_counted_like_the_period(world: World) -> None:
    question = world.ask(period="7d")
    earlier = before(question.filters, question.selection, NOW)
    assert earlier.span.end == question.selection.span.start
    rows = matching(world.rows, replace(question, selection=earlier))
    assert summarize(world.store, earlier).total == len(rows) > 0


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "Etc/GMT+12"])
def test_from_the_first_day_to_the_last_every_row_is_in_its_bucket(world: World, zone: str) -> None:
    question = world.ask(timezone=zone, **{"from": "1970-01-01", "to": "2105-12-31"})
    earlier = before(question.filters, question.selection, NOW)
    for selection, total in ((question.selection, len(world.rows)), (earlier, 0)):
        course = trend(world.store, selection)
        assert sum(point.count for point in course.points) == total
        assert (course.points[0].start, course.points[-1].end) == (
            selection.span.start, selection.span.end,
        )  # fmt: skip
    months = Counter(when(row).astimezone(ZoneInfo(zone)).strftime("%Y-%m") for row in world.rows)
    course = trend(world.store, question.selection)
    found = {point.start.strftime("%Y-%m"): point.count for point in course.points if point.count}
    assert found == months


def test_workspaces_are_apart(world: World) -> None:
    for workspace, made in world.by_workspace.items():
        question = world.ask(workspace, **{"from": "2025-12-01", "to": "2026-12-31"})
        assert summarize(world.store, question.selection).total == len(made.final)


@pytest.fixture
def zoned(world: World) -> Iterator[Callable[[str, str], None]]:
    """Gives a workspace a zone, for one test."""
    given: list[str] = []

    def give(workspace: str, timezone: str) -> None:
        given.append(workspace)
        row = [[workspace, timezone]]
        world.client.insert("workspace_settings", row, ["workspace_id", "timezone"])

    yield give
    for workspace in set(given):
        give(workspace, "")


def test_the_zone_is_the_workspaces_unless_another_is_asked_for(
    world: World, zoned: Callable[[str, str], None]
) -> None:
    assert world.ask("2").selection.tz == ZoneInfo("UTC")
    zoned("2", "Asia/Tokyo")
    assert world.ask("2").selection.tz == ZoneInfo("Asia/Tokyo")
    assert world.ask("2", timezone="Europe/Paris").selection.tz == ZoneInfo("Europe/Paris")
    start = world.ask("2", period="today").selection.span.start
    assert start.astimezone(UTC).hour == 15
    assert world.ask("1").selection.tz == ZoneInfo("UTC")
    assert NOW - start < timedelta(days=1)
