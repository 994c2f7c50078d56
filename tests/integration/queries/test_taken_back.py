"""What was corrected or taken back never shows, whatever is filtered by and before parts merge."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from queries.log import Sort, rows
from queries.summary import summarize
from tests.histories import Row, histories
from tests.integration.queries.conftest import NOW, World, insert

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def gone(world: World) -> Iterator[Row]:
    """An assignment that was seen, corrected and taken back, each in a part of its own among parts
    with other contacts; parts do not merge meanwhile."""
    start = NOW - timedelta(days=2)
    others = histories("taken back", 200, start, NOW).final
    row = {**others[0], "contact_id": "gone", "conversation_id": "gone-1", "source": "user"}
    row |= {"event_id": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff", "event_offset": 9_000_000}
    row |= {"actor_id": "7", "assigned_to_id": "7", "assigned_to_team_id": "s"}
    world.client.command("SYSTEM STOP MERGES assignment_log")
    insert(world.client, [*others[1::2], {**row, "previous_assignee_id": "8", "version": 1}])
    insert(world.client, [{**row, "previous_assignee_id": "8", "version": 2, "sign": -1}])
    insert(world.client, [*others[2::2], {**row, "previous_assignee_id": "10", "version": 3}])
    insert(world.client, [{**row, "previous_assignee_id": "10", "version": 4, "sign": -1}])
    yield row
    world.client.command("SYSTEM START MERGES assignment_log")


FILTERS = [
    {"contact": ["gone"]},
    {"conversation": ["gone-1"]},
    {"contact": ["gone"], "previous": ["8"]},
    {"conversation": ["gone-1"], "previous": ["10"]},
    {"contact": ["gone"], "assigned_to": ["7"], "source": ["user"]},
    {"contact": ["gone"], "hold": ["running"]},
]


@pytest.mark.parametrize("given", FILTERS, ids=str)
def test_a_row_that_was_taken_back_does_not_come_back(
    world: World, gone: Row, given: dict[str, list[str]]
) -> None:
    selection = world.ask("taken back", period="7d", **given).selection
    assert summarize(world.store, selection).total == 0
    assert rows(world.store, selection, Sort.NEWEST, 10) == []
    assert rows(world.store, selection, Sort.CONTACT, 10) == []


def test_the_versions_are_there(world: World, gone: Row) -> None:
    found = world.client.query(
        "SELECT version, _part FROM assignment_log WHERE contact_id = 'gone' ORDER BY version"
    ).result_rows
    assert [version for version, _ in found] == [1, 2, 3, 4]
    assert len({part for _, part in found}) == 4
