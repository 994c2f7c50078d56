"""What the address of a question may say, and what is refused."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from queries.filters import LISTS
from queries.page.state import PATH, PageState
from tests.integration.queries.asking import EVERY_QUESTION, PAGES, is_problem
from tests.integration.queries.conftest import World
from tests.integration.queries.oracle import matching

pytestmark = pytest.mark.server


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-03-01", "period=century", "souce=user", "source=pigeon", "limit=0",
        "limit=100000", "cursor=zz", "timezone=Mars%2FOlympus", "sort=rowid", "contact=",
        "from=2026-03-02&to=2026-03-01", "from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z",
        "actor=workflow", "actor=nosource:12", "timezone=localtime",
    ],
)  # fmt: skip
async def test_what_means_nothing_is_a_problem(http: httpx.AsyncClient, query: str) -> None:
    assert is_problem(await http.get(f"/api/v1/log?workspace=1&{query}"), 422, "invalid-filter")


async def test_every_fault_is_named_by_its_parameter(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/v1/log?workspace=1&limit=0&sort=rowid&souce=user")
    assert {fault["name"] for fault in answer.json()["errors"]} == {"limit", "sort", "souce"}


NO_QUESTION = ("workspaces", "freshness", "exports/x", "exports/x/manifest", "exports/x/data")


@pytest.mark.parametrize("path", [*EVERY_QUESTION, *NO_QUESTION])
async def test_a_parameter_that_is_not_known_is_refused(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(f"/api/v1/{path}{'&' if '?' in path else '?'}souce=user")
    assert is_problem(answer, 422, "invalid-filter")
    assert [fault["name"] for fault in answer.json()["errors"]] == ["souce"]


@pytest.mark.parametrize(
    ("path", "twice"),
    [
        *((f"/api/v1/{path}", "workspace") for path in EVERY_QUESTION),
        *((path, "workspace") for path in PAGES),
        ("/api/v1/summary?workspace=1&period=7d", "period"),
        ("/api/v1/log?workspace=1&from=2026-03-01&to=2026-03-02", "to"),
        ("/api/v1/timeline?workspace=1&contact=5", "contact"),
        ("/api/v1/filters/contact?workspace=1&q=a", "q"),
    ],
)
async def test_a_second_value_where_one_is_taken_is_refused(
    http: httpx.AsyncClient, path: str, twice: str
) -> None:
    value = {"to": "2026-03-03", "period": "14d"}.get(twice, "1")
    more = [f"{twice}={value}"] * (1 if f"{twice}=" in path else 2)
    answer = await http.get(f"{path}{'&' if '?' in path else '?'}{'&'.join(more)}")
    assert answer.status_code == 422
    assert twice in answer.text
    assert "takes one value" in answer.text


async def test_several_values_are_taken_where_they_are_alternatives(
    world: World, http: httpx.AsyncClient
) -> None:
    query = "&".join(f"{name}={value}" for name in LISTS for value in VALUES[name])
    for path in ("/api/v1/log", PATH):
        answer = await http.get(f"{path}?workspace=1&{query}")
        assert answer.status_code == 200, answer.text
    two = (await http.get("/api/v1/log?workspace=1&source=user&source=bot&limit=1000")).json()
    rows = matching(world.rows, world.ask(source=["user", "bot"]))
    assert [row["event_id"] for row in two["rows"]] == [row["event_id"] for row in rows]


VALUES = {
    **dict.fromkeys(LISTS, ("1", "2")), "source": ("user", "bot"), "actor": ("bot:1", "bot:2"),
    "holder_kind": ("user", "team"), "kind": ("assignment", "unassignment"),
    "hold": ("running", "ended"),
}  # fmt: skip


@pytest.mark.parametrize("path", EVERY_QUESTION[:6])
@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Etc/GMT%2B12"])
async def test_everything_can_be_asked_for(http: httpx.AsyncClient, path: str, zone: str) -> None:
    every = f"workspace=1&from=1970-01-01&to=2105-12-31&timezone={zone}"
    answer = await http.get(f"/api/v1/{path}?{every}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["from"].startswith("1970-01-01T00:00:00")
    assert answer.json()["to"].startswith("2106-01-01T00:00:00")
    assert len(answer.content) < 400_000


async def test_a_course_in_too_many_steps_is_refused(http: httpx.AsyncClient) -> None:
    years = "workspace=1&from=1970-01-01&to=2034-12-31"
    answer = await http.get(f"/api/v1/trend?{years}&step=day")
    assert is_problem(answer, 422, "invalid-filter")
    assert "by day covers at most 3,660 days" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("start", "before"),
    [("1970-01-01", None), ("1997-01-01", "1970-01-01"), ("2025-01-01", "2023-01-02")],
)
async def test_no_link_of_the_page_leads_before_all_events(
    http: httpx.AsyncClient, start: str, before: str | None
) -> None:
    """The first day begins before 1970 in UTC there, and the period before it ends by then."""
    asked = f"workspace=1&timezone=Asia/Kolkata&from={start}&to=2026-12-31"
    page = (await http.get(f"{PATH}?{asked}")).text
    links = {html.unescape(link) for link in re.findall(rf'"({PATH}\?[^"]*)"', page)}
    assert len(links) > 100
    states = [PageState(**_query(link)) for link in links]
    for state in states:
        state.only_filters()
    previous = re.search(r'<a class="card total" (?:href="([^"]*)")?><span>Period before', page)
    assert previous
    assert (_query(html.unescape(previous[1]))["from"] if previous[1] else None) == before


def _query(link: str) -> dict[str, Any]:
    said = parse_qs(urlsplit(link).query)
    return {name: v if name in (*LISTS, "only") else v[0] for name, v in said.items()}
