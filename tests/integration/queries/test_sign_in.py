"""Signing in, and where it leads."""

from __future__ import annotations

from html import escape

import httpx
import pytest

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
