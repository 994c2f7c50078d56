from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message, Receive, Scope, Send

from queries.api.gate import LARGEST_BODY, Gate, bearer_of, host_name, is_foreign, session_of
from queries.api.rate import RUNNING, WAITING, Rate
from queries.errors import QueryError, TooLarge
from queries.sessions import Sessions
from queries.tokens import Tokens


async def behind(scope: Scope, receive: Receive, send: Send) -> None:
    """What is let in: it reads the body, and says how long it is."""
    body = await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    return Tokens(tmp_path / "tokens.json")


def client(tokens: Tokens, *, opens: bool = True, rate: float = 100) -> httpx.AsyncClient:
    gate = Gate(behind, tokens, Sessions(tokens), Rate(rate), ["gate"], opens)
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

    gate = Gate(behind, tokens, Sessions(tokens), Rate(0.2), ["gate"], True, page)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(gate), base_url="http://gate"
    ) as http:
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
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("Basic abc", ""),
        ("Bearer " + "a" * 201, ""),
        ("", ""),
    ],
)
def test_a_token_is_taken_from_the_header(header: str, token: str) -> None:
    assert bearer_of(Headers({"authorization": header})) == token


@pytest.mark.parametrize(
    ("scheme", "cookies", "session"),
    [
        ("http", ["x=1; baton_session=abc"], "abc"),
        ("http", ["b@d name=1;;=; baton_session=abc"], "abc"),
        ("http", ["baton_session=abc; baton_session=abc"], "abc"),
        ("http", ["baton_session=abc; baton_session=other"], ""),
        ("http", ["baton_session=abc", "baton_session=other"], ""),
        ("http", ["__Host-baton=abc"], ""),
        ("https", ["baton_session=other; __Host-baton=abc"], "abc"),
        ("https", ["baton_session=abc"], ""),
        ("http", ["baton_session=" + "a" * 201], ""),
        ("http", ["\x00=;;"], ""),
        ("http", [], ""),
    ],
)
def test_a_session_is_taken_from_the_one_cookie_that_nobody_else_can_set(
    scheme: str, cookies: list[str], session: str
) -> None:
    headers = Headers(raw=[(b"cookie", one.encode()) for one in cookies])
    assert session_of({"scheme": scheme}, headers) == session


@pytest.mark.parametrize(
    ("said", "foreign"),
    [
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "cross-site", "origin": "http://gate:8000"}, True),
        ({"origin": "http://gate:8000"}, False),
        ({"origin": "https://gate:8000"}, False),
        ({"origin": "http://gate:3000"}, True),
        ({"origin": "http://gate:8000.evil.example"}, True),
        ({"origin": "http://evil.example"}, True),
        ({"origin": "null"}, True),
        ({}, False),
    ],
)
def test_another_site_is_told_apart(said: dict[str, str], foreign: bool) -> None:
    assert is_foreign(Headers({"host": "gate:8000", **said})) == foreign


async def test_another_site_changes_nothing_and_reads_what_it_may(tokens: Tokens) -> None:
    gate, evil = client(tokens), {"Origin": "http://evil.example"}
    assert (await gate.post("/sign-in", headers=evil)).status_code == 403
    assert (await gate.delete("/sign-in", headers=evil)).status_code == 403
    assert (await gate.get("/sign-in", headers=evil)).status_code == 200


@pytest.mark.parametrize("name", ["Forwarded", "Via", "X-Forwarded-For", "X-Real-IP"])
async def test_what_comes_by_a_proxy_needs_a_token_whatever_host_it_names(
    tokens: Tokens, name: str
) -> None:
    gate = client(tokens)
    answer = await gate.get("/api/v1/summary", headers={name: "192.0.2.2"})
    assert answer.status_code == 403
    assert "make a token" in answer.json()["detail"]
    bearer = f"Bearer {tokens.create('1')}"
    answer = await gate.get("/api/v1/summary", headers={name: "192.0.2.2", "Authorization": bearer})
    assert answer.status_code == 200


async def test_a_session_opens_what_its_token_does_and_ends_with_it(tokens: Tokens) -> None:
    token = tokens.find(tokens.create("1"))
    assert token is not None
    gate = client(tokens)
    cookie = {"Cookie": f"baton_session={Sessions(tokens).open(token)}"}
    assert (await gate.get("/api/v1/summary", headers=cookie)).status_code == 200
    tokens.revoke(token.id)
    assert (await gate.get("/api/v1/summary", headers=cookie)).status_code == 401


async def test_a_token_is_no_session(tokens: Tokens) -> None:
    cookie = {"Cookie": f"baton_session={tokens.create('1')}"}
    assert (await client(tokens).get("/api/v1/summary", headers=cookie)).status_code == 401


async def test_a_list_that_is_gone_closes_all_but_what_needs_no_token(
    tokens: Tokens, tmp_path: Path
) -> None:
    bearer = {"Authorization": f"Bearer {tokens.create('1')}"}
    (tmp_path / "tokens.json").rename(tmp_path / "away")
    for gate in (client(tokens), client(Tokens(tmp_path / "tokens.json"))):
        for path in ("/api/v1/summary", "/sign-in"):
            for headers in ({}, bearer):
                assert (await gate.get(path, headers=headers)).status_code == 503
        assert (await gate.get("/healthz")).status_code == 200


async def test_no_websocket_gets_through(tokens: Tokens) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    gate = Gate(behind, tokens, Sessions(tokens), Rate(1), ["gate"], True)
    await gate({"type": "websocket", "path": "/", "headers": []}, receive, send)
    assert [message["type"] for message in sent] == ["websocket.close"]


async def test_slow_questions_of_one_token_leave_room_for_those_of_another(
    tokens: Tokens,
) -> None:
    """A caller of its own limits waits for its own answers."""
    let, running = asyncio.Event(), 0

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal running
        if scope["state"]["workspace"] == "greedy":
            running += 1
            await let.wait()
        await PlainTextResponse("done")(scope, receive, send)

    gate = Gate(slow, tokens, Sessions(tokens), Rate(1000), ["gate"], False)
    transport = httpx.ASGITransport(gate)
    greedy, other = ({"Authorization": f"Bearer {tokens.create(name)}"} for name in ("greedy", "2"))
    async with httpx.AsyncClient(transport=transport, base_url="http://gate") as http:
        asked = [
            asyncio.create_task(http.get("/", headers=greedy)) for _ in range(RUNNING + WAITING + 3)
        ]
        refused, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED, timeout=10)
        assert {(await one).status_code for one in refused} == {429}
        assert (await http.get("/", headers=other)).status_code == 200
        assert running == RUNNING
        let.set()
        answers = [(await one).status_code for one in asked]
        assert (answers.count(200), answers.count(429)) == (RUNNING + WAITING, 3)
        assert (await http.get("/", headers=greedy)).status_code == 200
