from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from queries.api.headers import CONTENT_SECURITY_POLICY, HEADERS
from queries.page.state import PATH
from queries.tokens import Tokens
from tests.histories import histories
from tests.integration.queries.asking import EVERY_QUESTION, PAGES, is_problem
from tests.integration.queries.browser import serving
from tests.integration.queries.conftest import NOW, World, insert
from tests.integration.queries.oracle import by_source, matching

pytestmark = pytest.mark.server


async def test_the_summary_is_that_of_the_rows(world: World, http: httpx.AsyncClient) -> None:
    answer = (await http.get("/api/v1/summary?workspace=1&period=7d")).json()
    rows = matching(world.rows, world.ask(period="7d"))
    assert {one["source"]: one["count"] for one in answer["sources"]} == by_source(rows)
    assert all(set(one) == {"source", "count", "percent"} for one in answer["sources"])
    assert answer["total"] == len(rows)
    assert (answer["complete_to"], answer["dead_letters"]) == ("2026-03-15T12:34:50Z", 3)
    assert (answer["from"], answer["to"]) == ("2026-03-09T00:00:00Z", "2026-03-16T00:00:00Z")


async def test_pages_of_the_log_give_every_row_once(world: World, http: httpx.AsyncClient) -> None:
    seen = await _pages(http, {"workspace": "1", "period": "30d"}, 400)
    expected = matching(world.rows, world.ask(period="30d"))
    assert seen == [row["event_id"] for row in expected]


@pytest.mark.parametrize("letter", ["\U0001f9d1", "\x01"])
async def test_pages_go_on_where_names_are_as_long_as_the_contract_allows(
    world: World, app: FastAPI, letter: str
) -> None:
    """Over a socket: a server has its own limit to the length of a request's first line."""
    workspace = f"long {ord(letter)}"
    made = histories(workspace, 40, NOW - timedelta(days=5), NOW).final
    for row in made:
        names = [name for name in row if name.endswith("_name") and row[name]]
        row |= {name: letter * (1000 - len(row[name])) + row[name] for name in names}
        row["contact_id"] = letter * 190 + row["contact_id"]
    insert(world.client, made)
    with serving(app) as url:
        async with httpx.AsyncClient(base_url=url) as client:
            for sort in ("contact_name", "previous_assignee", "-assigned_to", "assigned_by"):
                whole = await _pages(client, {"workspace": workspace, "sort": sort}, 1000)
                assert len(whole) == len(made)
                assert await _pages(client, {"workspace": workspace, "sort": sort}, 7) == whole


async def _pages(client: httpx.AsyncClient, asked: dict[str, Any], limit: int) -> list[str]:
    """The ids of all rows, in their order."""
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await client.get("/api/v1/log", params={**asked, "limit": limit, **cursor})
        assert answer.status_code == 200, answer.text
        seen += [row["event_id"] for row in answer.json()["rows"]]
        if answer.json()["next"] is None:
            return seen
        cursor = {"cursor": answer.json()["next"]}


async def test_the_course_has_the_period_before_beside_it(http: httpx.AsyncClient) -> None:
    answer = (await http.get("/api/v1/trend?workspace=1&period=7d")).json()
    assert answer["current"]["step"] == answer["previous"]["step"] == "day"
    assert len(answer["current"]["points"]) == len(answer["previous"]["points"]) == 7
    assert answer["previous"]["points"][-1]["end"] == answer["current"]["points"][0]["start"]


@pytest.mark.parametrize("path", EVERY_QUESTION)
async def test_several_workspaces_need_a_name(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(f"/api/v1/{path}")
    assert is_problem(answer, 409, "workspace-needed")
    assert "1, 2" in answer.json()["detail"]


@pytest.mark.parametrize("path", EVERY_QUESTION)
async def test_an_unknown_workspace_is_named(http: httpx.AsyncClient, path: str) -> None:
    joined = f"/api/v1/{path}{'&' if '?' in path else '?'}workspace=nope"
    assert is_problem(await http.get(joined), 404, "unknown-workspace")


@pytest.mark.parametrize("path", ["/nope", "/api/v1/typo", "/api/v1/filters/event_id?workspace=1"])
async def test_what_is_not_there_is_a_problem(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_input_reaches_no_sql(world: World, http: httpx.AsyncClient) -> None:
    for nasty in ("') OR 1=1 --", "\\", "'", "{workspace:String}", "\x00", "%s", "a\tb\nc"):
        answer = await http.get("/api/v1/log", params={"workspace": "1", "contact": nasty})
        assert answer.status_code == 200, answer.text
        assert answer.json()["rows"] == []
        answer = await http.get("/api/v1/summary", params={"workspace": nasty})
        assert answer.status_code == 404


async def test_head_is_answered_wherever_get_is(app: FastAPI) -> None:
    """Over a socket: a body where none may be would be taken for the next answer."""
    paths = [f"/api/v1/{path}" for path in ("workspaces", "freshness", "openapi.json", "docs")]
    paths += [f"/api/v1/{path}{'&' if '?' in path else '?'}workspace=1" for path in EVERY_QUESTION]
    paths += [f"{PATH}?workspace=1", "/sign-in", "/healthz", "/static/page.css", "/nope"]
    with serving(app) as url:
        async with httpx.AsyncClient(base_url=url) as client:
            for path in paths:
                get, head = await client.get(path), await client.head(path)
                assert (head.status_code, head.content) == (get.status_code, b"")
                for name in ("content-type", "etag"):
                    assert head.headers.get(name) == get.headers.get(name)
                known = {"If-None-Match": get.headers.get("etag", "")}
                again = await client.head(path, headers=known)
                assert again.status_code == (304 if get.headers.get("etag") else get.status_code)


async def test_every_answer_has_the_security_headers(http: httpx.AsyncClient) -> None:
    for path in ("/api/v1/workspaces", "/nope", "/sign-in", "/healthz", "/static/page.css"):
        headers = (await http.get(path)).headers
        for name, value in HEADERS.items():
            assert headers[name] == value
    assert "unsafe" not in CONTENT_SECURITY_POLICY


async def test_another_host_name_is_refused(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/v1/workspaces", headers={"Host": "evil.example"})
    assert is_problem(answer, 400, "bad-request")


async def test_another_site_starts_no_export(http: httpx.AsyncClient) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = await http.post("/api/v1/exports?workspace=1", headers=headers)
    assert is_problem(answer, 403, "forbidden")


async def test_a_token_reads_its_workspace_and_no_other(
    tokens: Tokens, http: httpx.AsyncClient
) -> None:
    text = tokens.create("2")
    mine = {"Authorization": f"Bearer {text}"}
    assert (await http.get("/api/v1/workspaces", headers=mine)).json() == {"workspaces": ["2"]}
    for path in EVERY_QUESTION:
        joiner = "&" if "?" in path else "?"
        answer = await http.get(f"/api/v1/{path}", headers=mine)
        assert answer.status_code == 200, answer.text
        assert answer.json().get("workspace", "2") == "2"
        other = await http.get(f"/api/v1/{path}{joiner}workspace=1", headers=mine)
        assert is_problem(other, 403, "forbidden")


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer x"}, {"Cookie": "baton_session=x"}]
)
async def test_without_a_token_nothing_opens_once_there_is_one(
    app: FastAPI, tokens: Tokens, http: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    tokens.create("2")
    paths = [*app.openapi()["paths"], "/", "/api/v1/openapi.json", "/api/v1/docs", *PAGES]
    assert len(paths) > 15
    for path in paths:
        answer = await http.get(path, headers=headers)
        if path.startswith("/api") or path.endswith(("/pulse", "/choices/contact")):
            assert is_problem(answer, 401, "unauthorized")
            assert answer.headers["www-authenticate"].startswith("Bearer")
        else:
            assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
