from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from queries import log
from queries.log import Sort
from queries.selection import narrow, select
from tests.histories import Row
from tests.integration.queries.conftest import World
from tests.integration.queries.oracle import matching, shown

pytestmark = pytest.mark.server


def as_shown(row: log.LogRow) -> tuple[str, ...]:
    at = row.timestamp.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    cells = [str(getattr(row, name)) for name in log.COLUMNS[1:]]
    cells[log.COLUMNS.index("source") - 1] = row.source.label
    return (at, *cells)


def everything(world: World, limit: int, sort: Sort, **given: Any) -> list[log.LogRow]:
    question = world.ask(**given)
    found: list[log.LogRow] = []
    cursor: str | None = None
    while True:
        page = log.page(world.store, question.selection, sort, cursor, limit)
        assert len(page.rows) == limit or page.next is None
        found += page.rows
        cursor = page.next
        if cursor is None:
            return found


def ids(rows: list[Row]) -> list[str]:
    return [row["event_id"] for row in rows]


@pytest.mark.parametrize("limit", [1000, 97])
@pytest.mark.parametrize(
    "given",
    [
        {"period": "30d"},
        {"from": "2026-01-01", "to": "2026-03-31"},
        {"contact": ["5"], "from": "2026-01-01", "to": "2026-03-31"},
        {"assigned_to": ["-"], "timezone": "UTC"},
        {"assigned_by": ["7", "-"], "team": ["s"], "from": "2026-01-01", "to": "2026-03-31"},
        {"actor": ["workflow:7"], "previous": ["8", "-"], "kind": ["assignment"]},
        {"conversation": ["c5-1"], "assigned_to": ["7", "-"], "source": ["user", "bot"]},
        {"hold": ["running"], "from": "2026-01-01", "to": "2026-03-10"},
        {"hold": ["running"], "assigned_to": ["-"]},
        {"hold": ["ended"], "contact": ["5"], "from": "2026-01-01", "to": "2026-03-31"},
        {"from": "1999-01-01", "to": "1999-02-01"},
    ],
    ids=str,
)
def test_the_log_is_the_rows_newest_first(world: World, given: dict[str, Any], limit: int) -> None:
    expected = matching(world.rows, world.ask(**given))
    found = everything(world, limit, Sort.NEWEST, **given)
    assert [row.event_id for row in found] == ids(expected)
    assert [as_shown(row) for row in found] == [shown(row) for row in expected]


@pytest.mark.parametrize("sort", [Sort.NEWEST, Sort.OLDEST])
def test_pages_of_a_rare_filter_fit_together_whatever_was_taken_back(
    world: World, sort: Sort
) -> None:
    given = {"previous": ["7", "8"], "from": "2026-01-01", "to": "2026-03-31"}
    found = everything(world, 11, sort, **given)
    expected = ids(matching(world.rows, world.ask(**given)))
    assert len(expected) > 300
    assert [row.event_id for row in found] == expected[:: 1 if sort.descending else -1]


def test_oldest_first_is_the_same_the_other_way_round(world: World) -> None:
    newest = everything(world, 1000, Sort.NEWEST, period="30d")
    oldest = everything(world, 113, Sort.OLDEST, period="30d")
    assert [row.event_id for row in oldest] == [row.event_id for row in reversed(newest)]


@pytest.mark.parametrize("sort", [s for s in Sort if s.column != "timestamp"])
def test_any_column_sorts_and_its_pages_fit_together(world: World, sort: Sort) -> None:
    whole = everything(world, 1000, sort, period="14d")
    paged = everything(world, 61, sort, period="14d")
    assert [row.event_id for row in paged] == [row.event_id for row in whole]
    values = [getattr(row, sort.column) for row in whole]
    keys = [v.label if sort.column == "source" else v for v in values]
    lowered = [key if sort.column.endswith("_id") else key.lower() for key in keys]
    in_bytes = [key.encode() for key in lowered]
    if sort.column == "source":
        in_bytes = [key.encode() for key in keys]
    assert in_bytes == sorted(in_bytes, reverse=sort.descending)
    assert sorted(row.event_id for row in whole) == sorted(
        ids(matching(world.rows, world.ask(period="14d")))
    )


def test_ids_are_null_for_nobody_and_times_are_in_the_zone(world: World) -> None:
    rows = everything(world, 1000, Sort.NEWEST, timezone="Asia/Kathmandu", assigned_to=["-"])
    assert rows
    assert all(row.assigned_to_id is None and row.assigned_to == "-" for row in rows)
    assert all(row.timestamp.isoformat().endswith("+05:45") for row in rows)
    assert all(isinstance(row.previous_since, datetime) for row in rows)


def test_a_narrowed_log_has_what_both_select(world: World) -> None:
    base = world.ask(source=["user", "bot"])
    by = world.ask(source=["bot"], previous=["7"])
    rows = log.rows(world.store, narrow(base.selection, by.selection), Sort.NEWEST, 10_000)
    assert [row.event_id for row in rows] == ids(matching(world.rows, by))
    assert rows


def test_rows_stops_at_its_limit(world: World) -> None:
    question = world.ask(**{"from": "2026-01-01", "to": "2026-03-31"})
    assert len(log.rows(world.store, question.selection, Sort.NEWEST, 150)) == 150


def test_another_workspaces_rows_never_show(world: World) -> None:
    question = world.ask("2", **{"from": "2026-01-01", "to": "2026-03-31"})
    rows = log.rows(world.store, question.selection, Sort.NEWEST, 10_000)
    assert {row.event_id for row in rows} == set(ids(world.by_workspace["2"].final))
    assert select(question.filters, "3", question.selection.tz, question.now).workspace == "3"
