"""Requests that no browser sends, over a socket: nothing is opened by how it is asked for."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI

from queries.api.app import create_app
from queries.api.services import Services
from queries.page.state import PATH
from queries.server import listening, on_loopback
from queries.tokens import Tokens
from tests.integration.queries.browser import serving
from tests.security.web.conftest import MINE, Letters
from tests.security.web.routes import OPEN

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """An application that answers to any name, and has no store that it could ask."""
    home = tmp_path_factory.mktemp("home")
    tokens = Tokens(home / "tokens.json")
    tokens.create(MINE)
    services = Services(
        None,
        Letters(),
        tokens,
        home / "exports",
        requests_per_second=1000,  # type: ignore[arg-type]
    )
    return create_app(services, ["*"])


@pytest.fixture(scope="module")
def address(app: FastAPI) -> Iterator[str]:
    with serving(app) as url:
        yield urlsplit(url).netloc


def ask(
    address: str, path: str, method: str = "GET", body: str = "", **headers: str
) -> HTTPResponse:
    """As it stands here: nothing of the path is made tidy on the way."""
    connection = HTTPConnection(address, timeout=20)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.putrequest(method, path, skip_host="Host" in sent)
    for name, value in sent.items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body.encode())
    return connection.getresponse()


PRIVATE = "/api/v1/freshness"


@pytest.mark.parametrize(
    "path",
    [
        *(f"{opens}{up}{PRIVATE}" for opens in ("/static", "/vendor", "/healthz", "/sign-in")
          for up in ("/..", "/%2e%2e", "/..;", "%2f..", "/%2e%2e%2f..", "\\\\..")),
        f"/{PRIVATE}", f"{PRIVATE}/", f"/.{PRIVATE}", "/api//v1/freshness", "/api%2fv1%2ffreshness",
        "/%61pi/v1/freshness", f"{PRIVATE}%00", f"{PRIVATE}%0a", f"{PRIVATE};/healthz",
        f"{PRIVATE}?/static/", f"{PRIVATE}%3f/static/", "/API/V1/FRESHNESS", f"http://x{PRIVATE}",
        "/static/../../tokens.json", "/static/%2e%2e/%2e%2e/api/gate.py", "/vendor//etc/passwd",
        "/static/..%2f..%2f..%2f..%2fetc/passwd", "/static/%00",
    ],
)  # fmt: skip
def test_no_spelling_of_a_path_opens_what_needs_a_token(address: str, path: str) -> None:
    answer = ask(address, path)
    assert answer.status in (303, 400, 401, 404, 405)
    if answer.status == 303:
        assert answer.headers["Location"] == "/sign-in"
    text = answer.read().decode()
    assert "dead_letters" not in text
    assert "root:" not in text


@pytest.mark.parametrize("path", ["/", PATH, f"{PATH}/", "/sign-in/", "//evil.example/", "/static"])
def test_nobody_is_led_to_a_name_that_a_request_brings(
    address: str, app: FastAPI, path: str
) -> None:
    """Names in a request are of whoever sends it, or of a proxy that was told them."""
    bearer = f"Bearer {app.state.services.tokens.create(MINE)}"
    for names in ({"Host": "evil.example"}, {"X_Forwarded_Host": "evil.example"}):
        answer = ask(address, path, Authorization=bearer, **names)
        assert "evil" not in answer.headers.get("Location", "")


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
def test_the_method_is_that_of_the_first_line(address: str, app: FastAPI, name: str) -> None:
    bearer = f"Bearer {app.state.services.tokens.create(MINE)}"
    assert ask(address, "/sign-out", Authorization=bearer, **{name: "POST"}).status == 405
    foreign = {"Origin": "http://evil.example", "Authorization": bearer, name: "GET"}
    assert ask(address, "/sign-out", "POST", **foreign).status == 403


def test_no_other_site_may_read_an_answer(address: str) -> None:
    for method in ("GET", "OPTIONS"):
        answer = ask(
            address, PRIVATE, method, Origin="http://evil.example",
            Access_Control_Request_Method="GET",
        )  # fmt: skip
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_a_token_is_looked_for_in_the_header_alone(address: str, app: FastAPI) -> None:
    token = app.state.services.tokens.create(MINE)
    assert ask(address, PRIVATE, Authorization=f"Bearer {token}").status == 200
    for path in (f"{PRIVATE}?token={token}", f"{PRIVATE}?access_token={token}"):
        assert ask(address, path).status == 401
    for name in ("X-API-Key", "Token", "Cookie"):
        assert ask(address, PRIVATE, **{name: f"token={token}"}).status == 401
    assert ask(address, PRIVATE, Authorization=f"Basic {token}").status == 401


@pytest.mark.parametrize("size", [1_000, 20_000, 60_000])
def test_long_secrets_are_refused_like_short_ones(address: str, size: int) -> None:
    long = "x" * size
    for headers in ({"Authorization": f"Bearer {long}"}, {"Cookie": f"baton_session={long}"},
                    {"Cookie": "baton_session=x; " * (size // 20)}):  # fmt: skip
        assert ask(address, PRIVATE, **headers).status == 401
    assert ask(address, "/sign-in", "POST", f"token={long}").status == 401


def test_what_is_private_is_kept_nowhere(address: str, app: FastAPI) -> None:
    token = app.state.services.tokens.create(MINE)
    for path in (PRIVATE, "/sign-in", "/api/v1/docs", "/nowhere", "/api/v1/summary"):
        answer = ask(address, path, Authorization=f"Bearer {token}")
        assert answer.headers["Cache-Control"] == "private, no-store", path
    assert "/static" in OPEN
    assert ask(address, "/static/page.css").headers["Cache-Control"] == "max-age=600"


def test_a_websocket_is_refused(address: str) -> None:
    answer = ask(
        address, PRIVATE, Connection="Upgrade", Upgrade="websocket", Sec_WebSocket_Version="13",
        Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==",
    )  # fmt: skip
    assert answer.status == 401


@pytest.mark.parametrize(("host", "opens"), [("127.0.0.1", True), ("0.0.0.0", False)])
def test_only_a_socket_on_loopback_opens_without_a_token(host: str, opens: bool) -> None:
    with listening(host, 0) as listener:
        assert isinstance(listener, socket.socket)
        assert on_loopback(listener) is opens
