"""Signing in and out: where it leads, what a browser keeps, and when it ends."""

from __future__ import annotations

from html import escape

import httpx
import pytest
from fastapi import FastAPI

from queries.page.state import PATH
from queries.tokens import Tokens

pytestmark = pytest.mark.server


@pytest.mark.parametrize(
    ("wanted", "after"),
    [
        ("/reports/assignments?period=7d&only=source:user", None),
        ("/reports/assignments/timeline?of_contact=5", None),
        ("//evil.example/reports/assignments", "/reports/assignments"),
        ("https://evil.example/", "/reports/assignments"),
        ("/sign-out", "/reports/assignments"),
        ("/reports/assignments.evil.example/", "/reports/assignments"),
        ("\\\\evil.example", "/reports/assignments"),
        ("javascript:alert(1)", "/reports/assignments"),
        ("", "/reports/assignments"),
    ],
)
async def test_signing_in_leads_back_to_the_report_and_nowhere_else(
    tokens: Tokens, http: httpx.AsyncClient, wanted: str, after: str | None
) -> None:
    text = tokens.create("2")
    asked = await http.get("/sign-in", params={"next": wanted})
    refused = await http.post("/sign-in", data={"token": "wrong", "next": wanted})
    for answer in (asked, refused):
        assert f'name="next" value="{escape(after or wanted)}"' in answer.text
    signed_in = await http.post("/sign-in", data={"token": text, "next": wanted})
    assert signed_in.headers["location"] == (after or wanted)


async def sign_in(http: httpx.AsyncClient, text: str) -> str:
    """The cookie that a browser is given."""
    answer = await http.post("/sign-in", data={"token": text})
    assert answer.status_code == 303
    return answer.headers["set-cookie"]


async def test_the_cookie_opens_the_page_and_is_not_the_token(
    tokens: Tokens, http: httpx.AsyncClient
) -> None:
    text = tokens.create("2")
    assert (await http.post("/sign-in", data={"token": "wrong"})).status_code == 401
    cookie = await sign_in(http, text)
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert text not in cookie
    assert text.split("_")[2] not in cookie
    assert (await http.get(PATH)).status_code == 200
    assert (await http.get(f"{PATH}?workspace=1")).status_code == 403


async def test_over_tls_no_other_page_can_set_it(app: FastAPI, tokens: Tokens) -> None:
    text, transport = tokens.create("2"), httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://localhost") as http:
        cookie = await sign_in(http, text)
        assert cookie.startswith("__Host-")
        assert "Secure" in cookie.split("; ")
        assert (await http.get(PATH)).status_code == 200
        left = await http.post("/sign-out")
        assert left.headers["set-cookie"].startswith("__Host-")
        assert not http.cookies


async def test_signing_out_ends_the_session_wherever_a_copy_of_it_is(
    tokens: Tokens, http: httpx.AsyncClient
) -> None:
    copy = {"Cookie": (await sign_in(http, tokens.create("2"))).partition(";")[0]}
    assert (await http.post("/sign-out")).headers["location"] == "/sign-in"
    http.cookies.clear()
    assert (await http.get(f"{PATH}/pulse", headers=copy)).status_code == 401


async def test_signing_in_takes_over_no_session_that_was_there(
    tokens: Tokens, http: httpx.AsyncClient
) -> None:
    """One that somebody else put into the browser is worth nothing afterwards."""
    text = tokens.create("2")
    planted = (await sign_in(http, text)).partition(";")[0]
    assert (await sign_in(http, text)).partition(";")[0] != planted
    http.cookies.clear()
    assert (await http.get(f"{PATH}/pulse", headers={"Cookie": planted})).status_code == 401


async def test_a_token_that_is_taken_back_ends_what_it_opened(
    tokens: Tokens, http: httpx.AsyncClient
) -> None:
    await sign_in(http, tokens.create("2"))
    assert (await http.get(f"{PATH}/pulse")).status_code == 200
    tokens.revoke(tokens.all()[0].id)
    assert (await http.get(f"{PATH}/pulse")).status_code == 401


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
async def test_another_site_signs_nobody_in_or_out(
    tokens: Tokens, http: httpx.AsyncClient, path: str
) -> None:
    text = tokens.create("2")
    await sign_in(http, text)
    for said in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}):
        answer = await http.post(path, data={"token": text}, headers=said)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
    assert (await http.get(f"{PATH}/pulse")).status_code == 200


async def test_sessions_that_cannot_be_kept_are_a_problem_of_the_server(
    tokens: Tokens, http: httpx.AsyncClient
) -> None:
    text = tokens.create("2")
    tokens.path.with_name("tokens.sessions.json").mkdir()
    answer = await http.post("/sign-in", data={"token": text})
    assert answer.status_code == 503
    assert str(tokens.path.parent) not in answer.text
