"""With a token of one workspace everything of another is tried, by every route there is."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, get_args

import httpx
import pytest
from fastapi import FastAPI

from queries.filters import LISTS
from queries.page.state import PATH
from queries.tokens import Tokens
from tests.integration.queries.asking import is_problem
from tests.integration.queries.test_export_api import finished
from tests.security.web.conftest import HIDDEN, LETTERS, MINE, SECRET, Hidden
from tests.security.web.routes import BY_ID, OF_NO_WORKSPACE, OPEN, Route, routes, takes_several

pytestmark = pytest.mark.server
NEEDED = {"cursor": "x", "shown": "0", "of_contact": "h1", "contact": "h1"}
"""Without these some routes ask for more first."""
REFUSED = "This token reads another workspace."


def needed(route: Route, **said: Any) -> dict[str, Any]:
    """Parameters with which the route goes on to look at the workspace."""
    kept = {} if "conversation" in said or "contact" in said else NEEDED
    takes = route.parameters
    filled = {name: value for name, value in kept.items() if name in takes}
    if "timeline" not in route.path:
        filled.pop("contact", None)
    return filled | said


@pytest.fixture
async def export(app: FastAPI, tokens: Tokens, mine: dict[str, str]) -> str:
    """The id of an export of the hidden workspace."""
    theirs = {"Authorization": f"Bearer {tokens.create(HIDDEN)}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://127.0.0.1", headers=theirs
    ) as http:
        answer = await http.post("/api/v1/exports?period=7d")
        address = str(answer.json()["address"])
        await finished(http, address)
        assert SECRET in (await http.get(f"{address}/data")).text
    return address.rpartition("/")[2]


async def test_the_hidden_workspace_has_something_to_hide(
    tokens: Tokens, http: httpx.AsyncClient, mine: dict[str, str]
) -> None:
    theirs = {"Authorization": f"Bearer {tokens.create(HIDDEN)}"}
    for path in (f"{PATH}?period=7d", "/api/v1/log?period=7d", "/api/v1/filters/contact"):
        assert SECRET in (await http.get(path, headers=theirs)).text


async def test_without_a_token_every_route_says_so(
    app: FastAPI, http: httpx.AsyncClient, mine: dict[str, str], export: str
) -> None:
    asked = [route for route in routes(app) if route.path not in OPEN]
    assert len(asked) > 20
    for route in asked:
        for address in route.addresses(export):
            answer = await http.request(route.method, address, params=needed(route))
            if answer.status_code == 303:
                assert answer.headers["location"] == "/sign-in", route
            else:
                assert is_problem(answer, 401, "unauthorized"), route


async def test_another_workspace_is_refused_by_every_route(
    app: FastAPI, http: httpx.AsyncClient, mine: dict[str, str], export: str
) -> None:
    for route in routes(app):
        if "workspace" not in route.parameters:
            assert route.path in OF_NO_WORKSPACE or route.path.startswith(BY_ID), (
                f"{route} takes no workspace: say whose data it gives"
            )
            continue
        for address in route.addresses(export):
            said = needed(route, workspace=HIDDEN)
            answer = await http.request(route.method, address, params=said, headers=mine)
            assert answer.status_code == 403, (str(route), answer.text)
            assert REFUSED in answer.text
            assert HIDDEN not in answer.text
            one = await http.request(
                route.method, address, params={**said, "workspace": "nowhere"}, headers=mine
            )
            assert one.text == answer.text, "whether there is one is nobody's business"


async def test_an_export_is_its_workspaces(
    http: httpx.AsyncClient, mine: dict[str, str], export: str
) -> None:
    address = f"/api/v1/exports/{export}"
    for path in (address, f"{address}/data", f"{address}/manifest"):
        for method in ("GET", "HEAD"):
            for more in ({}, {"Range": "bytes=0-"}, {"If-None-Match": "*"}):
                answer = await http.request(method, path, headers=mine | more)
                assert answer.status_code == 404
    unknown = await http.get(f"/api/v1/exports/{'0' * 32}", headers=mine)
    assert (await http.get(address, headers=mine)).text == unknown.text


def variants(route: Route, ids: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Each filter with what only the hidden workspace has, and each value of each choice."""
    found: list[dict[str, Any]] = [{}, {"q": SECRET}, {"q": "h"}]
    takes = route.parameters
    for name, hint in takes.items():
        if name in ids:
            several = takes_several(hint)
            found.append({name: ids[name] if several else ids[name][0]})
        choices = [one for one in (hint, *get_args(hint)) if isinstance(one, type)]
        for values in choices:
            if issubclass(values, StrEnum) and not takes_several(hint):
                found += [{name: str(value)} for value in values]
    if "only" in takes:
        found += [{"only": [f"{n}:{v}" for v in ids[n]]} for n in ids if n in LISTS]
    known = takes.keys()
    return [said for said in found if said.keys() <= known]


async def test_what_is_of_others_is_found_by_no_filter(
    app: FastAPI, http: httpx.AsyncClient, mine: dict[str, str], hidden: Hidden, export: str
) -> None:
    tried = 0
    for route in routes(app):
        if route.path in OPEN or route.method != "GET":
            continue
        for address in route.addresses(export):
            for said in variants(route, hidden.ids):
                answer = await http.get(address, params=needed(route, **said), headers=mine)
                tried += 1
                assert answer.status_code in (200, 307, 404, 422), (str(route), said, answer.text)
                assert SECRET not in answer.text, (str(route), said)
                assert HIDDEN not in answer.text, (str(route), said)
                for theirs in (LETTERS[HIDDEN], LETTERS[""], sum(LETTERS.values())):
                    assert str(theirs) not in answer.text.replace(",", ""), (str(route), said)
    assert tried > 100


async def test_an_export_of_ones_own_has_nothing_of_others(
    http: httpx.AsyncClient, mine: dict[str, str], hidden: Hidden
) -> None:
    for name, ids in hidden.ids.items():
        for asked in ({name: ids, "period": "7d"}, {"period": "7d", "format": "jsonl"}):
            answer = await http.post("/api/v1/exports", params=asked, headers=mine)
            assert answer.status_code == 202, answer.text
            address = answer.json()["address"]
            http.headers.update(mine)
            await finished(http, address)
            for path in (f"{address}/data", f"{address}/manifest"):
                text = (await http.get(path, headers=mine)).text
                assert SECRET not in text
                assert str(sum(LETTERS.values())) not in text


async def test_whoever_has_a_token_hears_of_one_workspace(
    http: httpx.AsyncClient, mine: dict[str, str]
) -> None:
    known = (await http.get("/api/v1/workspaces", headers=mine)).json()
    assert known == {"workspaces": [MINE]}
    assert (await http.get("/api/v1/freshness", headers=mine)).json()["dead_letters"] == 3


async def test_a_place_in_their_log_is_a_place_in_ones_own(
    http: httpx.AsyncClient, tokens: Tokens, mine: dict[str, str]
) -> None:
    theirs = {"Authorization": f"Bearer {tokens.create(HIDDEN)}"}
    for sort in ("timestamp", "contact_name", "-assigned_to"):
        asked = {"period": "7d", "sort": sort, "limit": "5"}
        first = await http.get("/api/v1/log", params=asked, headers=theirs)
        cursor = {"cursor": first.json()["next"]}
        answer = await http.get("/api/v1/log", params=asked | cursor, headers=mine)
        assert answer.status_code == 200
        assert SECRET not in answer.text
