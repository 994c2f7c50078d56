"""What a poll is spared, and what it must not be spared."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from queries.api.app import create_app
from queries.api.services import Services
from queries.freshness import Freshness
from queries.tokens import Tokens
from tests.histories import histories, place
from tests.integration.queries.asking import is_problem
from tests.integration.queries.conftest import COMPLETE_TO, NOW, Complete, World, insert

pytestmark = pytest.mark.server

TAGGED = (
    "summary?period=30d", "trend?period=30d", "log?period=30d", "handoffs?period=30d",
    "conversations?period=30d", "filters/contact?q=jos", "filters/source?limit=7",
)  # fmt: skip


def address(path: str, workspace: str = "2") -> str:
    return f"/api/v1/{path}&workspace={workspace}"


async def poll(http: httpx.AsyncClient, path: str, *known: str) -> httpx.Response:
    return await http.get(path, headers=[("If-None-Match", one) for one in known])


@pytest.mark.parametrize("path", TAGGED)
async def test_an_unchanged_answer_costs_nothing(http: httpx.AsyncClient, path: str) -> None:
    etag = (await http.get(address(path))).headers["etag"]
    again = await poll(http, address(path), f'"x", {etag}')
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == etag
    other = path.replace("30d", "14d").replace("q=jos", "q=a").replace("limit=7", "limit=8")
    for asked in (address(other), address(path, "1")):
        assert (await poll(http, asked, etag)).status_code == 200


@pytest.mark.parametrize("path", [*map(address, TAGGED), "/api/v1/workspaces"])
async def test_any_form_of_the_tag_is_known(http: httpx.AsyncClient, path: str) -> None:
    etag = (await http.get(path)).headers["etag"]
    assert etag.startswith('W/"')
    for known in ([etag], [etag[2:]], ["*"], [f'"x",{etag}, "y"'], ['"x"', etag[2:]]):
        assert (await poll(http, path, *known)).status_code == 304
    for strange in ('"x"', etag[3:-1], f'"x{etag[3:]}'):
        assert (await poll(http, path, strange)).status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "slug"),
    [
        ("log?cursor=zz", 422, "invalid-filter"),
        ("trend?step=hour&from=2025-01-01&to=2026-01-01", 422, "invalid-filter"),
        ("timeline?contact=nobody", 404, "not-found"),
    ],
)
async def test_what_would_be_refused_is_refused_whatever_the_caller_has(
    http: httpx.AsyncClient, path: str, status: int, slug: str
) -> None:
    assert is_problem(await poll(http, address(path), "*"), status, slug)


async def test_an_insert_changes_the_etags_and_a_merge_does_not(
    world: World, http: httpx.AsyncClient
) -> None:
    async def tags() -> list[str]:
        return [(await http.get(address(path))).headers["etag"] for path in TAGGED]

    before = await tags()
    world.client.command("OPTIMIZE TABLE assignment_log FINAL")
    assert await tags() == before
    insert(world.client, world.by_workspace["2"].final[:1])
    after = await tags()
    assert not set(after) & set(before)
    taken_back = {**world.by_workspace["2"].final[0], "sign": -1}
    insert(world.client, [taken_back, {**taken_back, "sign": 1, "version": 11}])
    insert(world.client, [taken_back])


class Told:
    """Freshness that is what a test says, and a clock that goes when it says so."""

    def __init__(self) -> None:
        self.fresh = Complete().latest()
        self.now = NOW

    def latest(self) -> Freshness:
        return self.fresh

    def says(self, status: Any, complete_to: datetime | None, dead_letters: int | None) -> None:
        self.fresh = Freshness(status=status, complete_to=complete_to, dead_letters=dead_letters)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def http(world: World, told: Told, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    services = Services(
        world.store, told, Tokens(tmp_path / "tokens.json"), tmp_path / "exports",
        lambda: told.now, requests_per_second=1000,
    )  # fmt: skip
    transport = httpx.ASGITransport(create_app(services, opens=True))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


LATER = COMPLETE_TO + timedelta(seconds=7)


@pytest.mark.parametrize(
    ("before", "after", "spared"),
    [
        (("complete", COMPLETE_TO, 39), ("complete", LATER, 39), True),
        (("behind", COMPLETE_TO, 39), ("behind", COMPLETE_TO, 39), True),
        (("unknown", None, None), ("unknown", None, None), True),
        (("complete", COMPLETE_TO, 39), ("behind", COMPLETE_TO, 39), False),
        (("complete", COMPLETE_TO, 39), ("unknown", None, None), False),
        (("behind", COMPLETE_TO, 39), ("complete", LATER, 39), False),
        (("behind", COMPLETE_TO, 39), ("behind", LATER, 39), False),
        (("unknown", None, None), ("complete", COMPLETE_TO, 39), False),
        (("complete", COMPLETE_TO, 39), ("complete", LATER, 44), False),
    ],
)
async def test_a_poll_hears_how_complete_the_report_is(
    http: httpx.AsyncClient,
    told: Told,
    before: tuple[Any, ...],
    after: tuple[Any, ...],
    spared: bool,
) -> None:
    path = address("summary?period=30d")
    told.says(*before)
    etag = (await http.get(path)).headers["etag"]
    told.says(*after)
    answer = await poll(http, path, etag)
    assert answer.status_code == (304 if spared else 200)
    if not spared:
        assert answer.json()["status"] == after[0]
        assert answer.json()["dead_letters"] == after[2]


async def test_midnight_changes_what_today_is(http: httpx.AsyncClient, told: Told) -> None:
    path = address("summary?period=today")
    etag = (await http.get(path)).headers["etag"]
    told.now = datetime(2026, 3, 15, 23, 59, 59, tzinfo=UTC)
    assert (await poll(http, path, etag)).status_code == 304
    told.now += timedelta(seconds=1)
    assert (await poll(http, path, etag)).json()["from"] == "2026-03-16T00:00:00Z"


async def test_a_month_and_its_days_have_other_periods_before_them(http: httpx.AsyncClient) -> None:
    month = await http.get(address("trend?period=last_month"))
    days = await http.get(address("trend?from=2026-02-01&to=2026-02-28"))
    assert month.json()["current"] == days.json()["current"]
    assert month.headers["etag"] != days.headers["etag"]


def ended(world: World) -> tuple[str, str]:
    """When a hold began and when it ended."""
    chain = sorted((row for row in world.rows if row["contact_id"] == "5"), key=place)
    times = ((a["occurred_at"], b["occurred_at"]) for a, b in pairwise(chain))
    return next((since, until) for since, until in times if since < until)


@pytest.mark.parametrize("by", ["assignee", "team"])
async def test_time_held_is_brought_anew_while_any_runs(
    world: World, http: httpx.AsyncClient, told: Told, by: str
) -> None:
    first, second = ended(world)
    over = address(f"time-held?by={by}&contact=5&from={first}&to={second}", "1")
    running = address(f"time-held?by={by}&contact=5&from={first}&to=2026-03-15T12:00:00Z", "1")
    etag = (await http.get(over)).headers["etag"]
    before = await http.get(running)
    assert any(one["running"] for one in before.json()["time_held"])
    assert "etag" not in before.headers
    assert "etag" not in (await http.get(f"{over}&limit=1")).headers
    told.now += timedelta(seconds=1)
    assert (await poll(http, over, etag)).status_code == 304
    after = await poll(http, running, etag)
    assert after.json() != before.json()
    assert (await poll(http, running, "*")).status_code == 304


async def test_a_timeline_is_brought_anew_while_it_goes_on(
    world: World, http: httpx.AsyncClient, told: Told
) -> None:
    chain = sorted((row for row in world.rows if row["contact_id"] == "5"), key=place)
    over = {row["conversation_id"] for row in chain} - {chain[-1]["conversation_id"]}
    for conversation in over:
        path = address(f"timeline?conversation={conversation}", "1")
        etag = (await http.get(path)).headers["etag"]
        told.now += timedelta(seconds=1)
        assert (await poll(http, path, etag)).status_code == 304
        assert (await poll(http, f"{path}&timezone=Asia/Tokyo", etag)).status_code == 200
    for query in ("contact=5", f"conversation={chain[-1]['conversation_id']}"):
        path = address(f"timeline?{query}", "1")
        before = await http.get(path)
        assert "etag" not in before.headers
        told.now += timedelta(seconds=1)
        assert (await http.get(path)).json() != before.json()
    assert over


@pytest.mark.parametrize(
    "path", ["handoffs?by=holder", "conversations?period=30d", "time-held?by=assignee"]
)
async def test_a_new_name_is_told_with_the_insert_that_brought_it(
    world: World, http: httpx.AsyncClient, path: str
) -> None:
    workspace = f"renamed {path}"
    made = histories(workspace, 60, NOW - timedelta(days=5), NOW - timedelta(hours=1)).final
    insert(world.client, made[:-1])
    assert "Ann Lee" in (await http.get(address(path, workspace))).text
    insert(world.client, [{**made[-1], "assigned_to_id": "7", "assigned_to_name": "Ann Smith"}])
    answer = await http.get(address(path, workspace))
    assert "Ann Smith" in answer.text
    assert "Ann Lee" not in answer.text
