"""What a page that is left open is told: that its own rows changed, and nothing of others'."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import httpx
import pytest
from fastapi import FastAPI

from queries.page.state import PATH, View
from tests.histories import Row, histories
from tests.integration.queries.conftest import NOW, World, insert

pytestmark = pytest.mark.server
_numbers = count()


class Clock:
    """A time that goes on when a test says so."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(app: FastAPI) -> Clock:
    """The clock of the application."""
    clock = Clock()
    app.state.services = replace(app.state.services, clock=clock)
    return clock


class Page:
    """A page that is left open."""

    def __init__(self, http: httpx.AsyncClient, workspace: str, view: str) -> None:
        self._http = http
        self._asked = {"workspace": workspace, "period": "30d", "view": view}

    async def version(self) -> str:
        """What its next look brings."""
        answer = await self._http.get(f"{PATH}/pulse", params=self._asked)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["version"])

    async def brought(self) -> str:
        """What it is told when it is brought whole."""
        answer = await self._http.get(PATH, params=self._asked)
        return answer.text.partition('data-version="')[2].partition('"')[0]


@pytest.fixture
def rows(world: World) -> Iterator[list[Row]]:
    """Those of a workspace that no other test changes."""
    made = histories(f"pulse {next(_numbers)}", 300, NOW - timedelta(days=20), NOW).final
    insert(world.client, made[:-1])
    yield made
    insert(world.client, [{**row, "sign": -1} for row in made[:-1]])


@pytest.fixture(params=list(View))
def page(
    request: pytest.FixtureRequest, http: httpx.AsyncClient, clock: Clock, rows: list[Row]
) -> Page:
    return Page(http, rows[0]["workspace_id"], request.param)


async def test_a_page_knows_what_it_shows(page: Page) -> None:
    assert await page.brought() == await page.version()


async def test_it_hears_of_its_own_rows(world: World, page: Page, rows: list[Row]) -> None:
    before = await page.version()
    insert(world.client, rows[-1:])
    assert await page.version() != before
    assert await page.version() == await page.brought()
    insert(world.client, [{**rows[-1], "sign": -1}])


async def test_it_hears_nothing_of_merges_and_of_rows_of_others(
    world: World, page: Page, clock: Clock
) -> None:
    before = await page.version()
    world.client.command("OPTIMIZE TABLE assignment_log FINAL")
    other = histories("others", 5, NOW - timedelta(days=1), NOW).final
    for row in other:
        clock.now += timedelta(seconds=3)
        insert(world.client, [row])
        assert await page.version() == before
    insert(world.client, [{**row, "sign": -1} for row in other])


async def test_it_hears_of_a_row_that_says_something_else_now(
    world: World, http: httpx.AsyncClient, rows: list[Row]
) -> None:
    """Numbers stay as they are; the newest row has another previous assignee."""
    page = Page(http, rows[0]["workspace_id"], View.OVERVIEW)
    newest = max(rows[:-1], key=lambda row: (row["occurred_at"], row["event_offset"]))
    before = await page.version()
    changed = {**newest, "previous_assignee_id": "x", "previous_assignee_name": "Xenia"}
    insert(world.client, [{**newest, "sign": -1}])
    insert(world.client, [{**changed, "version": newest["version"] + 1}])
    assert await page.version() != before
    insert(world.client, [{**changed, "version": newest["version"] + 1, "sign": -1}])
