from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from queries.api.gate import LARGEST_BODY, Gate, Rate, host_name, presented
from queries.errors import QueryError, TooLarge, TooManyRequests
from queries.tokens import Tokens


async def behind(scope: Scope, receive: Receive, send: Send) -> None:
    """What is let in: it reads the body, and says how long it is."""
    body = await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    return Tokens(tmp_path / "tokens.json")


def client(tokens: Tokens, *, opens: bool = True, rate: float = 100) -> httpx.AsyncClient:
    gate = Gate(behind, tokens, Rate(rate), ["gate"], opens)
    return httpx.AsyncClient(transport=httpx.ASGITransport(gate), base_url="http://gate")


async def test_before_a_token_is_made_it_opens_only_where_it_may(tokens: Tokens) -> None:
    assert (await client(tokens).get("/api/v1/summary")).status_code == 200
    assert (await client(tokens, opens=False).get("/api/v1/summary")).status_code == 401
    text = tokens.create("1")
    bearer = {"Authorization": f"Bearer {text}"}
    for opens in (True, False):
        gate = client(tokens, opens=opens)
        assert (await gate.get("/api/v1/summary")).status_code == 401
        assert (await gate.get("/api/v1/summary", headers=bearer)).status_code == 200
    tokens.revoke(tokens.all()[0].id)
    for headers in ({}, bearer):
        assert (await client(tokens).get("/api/v1/summary", headers=headers)).status_code == 401


async def test_a_list_of_tokens_that_cannot_be_read_lets_nobody_in(
    tokens: Tokens, tmp_path: Path
) -> None:
    bearer = {"Authorization": f"Bearer {tokens.create('1')}"}
    (tmp_path / "tokens.json").write_text("[{]")
    answer = await client(tokens).get("/reports/assignments", headers=bearer)
    assert answer.status_code == 503
    assert str(tmp_path) not in answer.text


async def test_a_person_is_told_on_a_page_what_is_refused(tokens: Tokens) -> None:
    def page(request: Request, error: QueryError) -> Response | None:
        return PlainTextResponse(f"page: {error.slug}") if request.url.path == "/page" else None

    gate = httpx.ASGITransport(Gate(behind, tokens, Rate(0.2), ["gate"], True, page))
    async with httpx.AsyncClient(transport=gate, base_url="http://gate") as http:
        await http.get("/page")
        assert (await http.get("/page")).text == "page: too-many-requests"
        assert (await http.get("/api")).headers["content-type"] == "application/problem+json"


async def test_a_page_is_led_to_sign_in_and_a_part_of_one_is_told(tokens: Tokens) -> None:
    tokens.create("1")
    gate = client(tokens)
    assert (await gate.get("/reports/assignments")).headers["location"] == "/sign-in"
    part = await gate.get("/reports/assignments", headers={"HX-Request": "true"})
    assert part.status_code == 401
    assert (await gate.get("/reports/assignments/pulse")).status_code == 401


async def test_tries_to_sign_in_are_counted(tokens: Tokens) -> None:
    tokens.create("1")
    gate = client(tokens, rate=1)
    answers = [(await gate.post("/sign-in", content="token=x")).status_code for _ in range(9)]
    assert answers[:5] == [200] * 5
    assert set(answers[6:]) == {429}


async def test_a_body_is_read_no_further_than_any_that_is_asked_for(tokens: Tokens) -> None:
    gate = client(tokens)
    assert (await gate.post("/sign-in", content=b"x" * LARGEST_BODY)).text == str(LARGEST_BODY)
    with pytest.raises(TooLarge):
        await gate.post("/sign-in", content=b"x" * (LARGEST_BODY + 1))


def test_bursts_pass_and_what_goes_on_is_held_to_the_rate() -> None:
    clock = [0.0]
    rate = Rate(2, lambda: clock[0])
    for _ in range(10):
        rate.take("a")
    with pytest.raises(TooManyRequests) as refused:
        rate.take("a")
    assert refused.value.retry_after == 1
    rate.take("b")
    clock[0] += 0.5
    rate.take("a")
    with pytest.raises(TooManyRequests):
        rate.take("a")


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("127.0.0.1:8000", "127.0.0.1"),
        ("localhost", "localhost"),
        ("[::1]:8000", "[::1]"),
        ("", ""),
    ],
)
def test_a_host_is_known_without_its_port(host: str, name: str) -> None:
    assert host_name(host) == name


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({"authorization": "Bearer abc"}, "abc"),
        ({"authorization": "bearer  abc "}, "abc"),
        ({"authorization": "Basic abc"}, ""),
        ({"cookie": "x=1; baton_token=abc"}, "abc"),
        ({"cookie": "\x00=;;"}, ""),
        ({}, ""),
    ],
)
def test_a_token_is_taken_from_header_or_cookie(headers: dict[str, str], token: str) -> None:
    assert presented(Headers(headers)) == token
