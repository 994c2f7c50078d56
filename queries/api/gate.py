"""What every request passes: host name, access, and how much one caller may ask.

Plain ASGI, so that nothing can be routed around it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from queries.api import problems
from queries.api.headers import with_headers
from queries.api.rate import Places, Rate
from queries.errors import (
    AccessUnchecked,
    Forbidden,
    QueryError,
    TooLarge,
    Unauthorized,
)
from queries.records import RecordsUnusable
from queries.sessions import Sessions
from queries.tokens import Token, Tokens

SIGN_IN = "/sign-in"
OPEN = ("/static/", "/vendor/", "/healthz")
"""What needs no token and is not counted: nothing of any workspace is there."""
LARGEST_BODY = 64 << 10
"""Bytes; filters of a few hundred values fit."""
_LONGEST = 200
"""Characters of a token or of a session's id, and more than either has."""
_BY_PROXY = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
_log = logging.getLogger(__name__)


class Gate:
    """The middleware; `hosts` are the names under which the server may be addressed. What is
    refused to a person is `shown` as a page.

    A page of another site whose name points at this machine must not read an open demo: that is
    why the Host header is looked at. Before a token was made it lets callers in only if it `opens`.
    """

    def __init__(
        self, app: ASGIApp, tokens: Tokens, sessions: Sessions, rate: Rate, hosts: Collection[str],
        opens: bool, shown: problems.Shown = lambda request, error: None,
    ) -> None:  # fmt: skip
        self._app = app
        self._tokens, self._sessions = tokens, sessions
        self._rate, self._places = rate, Places()
        self._hosts = hosts
        self._opens = opens
        self._shown = shown

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it pass, or answer with a problem."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        guarded = with_headers(send, scope["path"])
        try:
            token = self._admit(scope, headers)
            give_back = await self._places.take(token.id) if token else _nothing
        except QueryError as refusal:
            if isinstance(refusal, Unauthorized) and opens_page(scope["path"], headers):
                await RedirectResponse(SIGN_IN, 303)(scope, receive, guarded)
            else:
                answer = self._shown(Request(scope), refusal) or problems.of(refusal)
                await answer(scope, receive, guarded)
            return
        try:
            await self._app(scope, _limited(receive), _once_begun(guarded, give_back))
        finally:
            give_back()

    def _admit(self, scope: Scope, headers: Headers) -> Token | None:
        """Whoever asks. What needs no token is told of no workspace, and cannot answer for any."""
        self._check_origin(scope, headers)
        if scope["path"].startswith(OPEN):
            return None
        try:
            token = self._token(scope, headers)
            client = scope.get("client") or ("", 0)
            self._rate.take(token.id if token else client[0])
            if scope["path"] == SIGN_IN:
                return None
            if token is None:
                self._check_open(headers)
        except RecordsUnusable as unusable:
            raise unchecked(unusable) from unusable
        scope.setdefault("state", {})["workspace"] = token.workspace if token else None
        return token

    def _check_origin(self, scope: Scope, headers: Headers) -> None:
        if "*" not in self._hosts and host_name(headers.get("host", "")) not in self._hosts:
            raise QueryError("This server does not answer to that host name.")
        if scope["method"] not in ("GET", "HEAD", "OPTIONS") and is_foreign(headers):
            raise Forbidden("Another site may not ask for this.")

    def _token(self, scope: Scope, headers: Headers) -> Token | None:
        if bearer := bearer_of(headers):
            return self._tokens.find(bearer)
        # The list is looked at whatever a caller shows: where it is gone, all is closed.
        self._tokens.all()
        session = session_of(scope, headers)
        return self._sessions.find(session) if session else None

    def _check_open(self, headers: Headers) -> None:
        """Whether anybody may pass without a token."""
        if not self._opens or self._tokens.configured:
            raise Unauthorized("Send a token: Authorization: Bearer baton_...")
        if any(name in headers for name in _BY_PROXY):
            raise Forbidden(
                "Without a token this server is open on its own machine alone, and this came by "
                "way of a proxy: make a token (`baton token create WORKSPACE`)."
            )


def unchecked(unusable: RecordsUnusable) -> AccessUnchecked:
    """What a caller is told where a list cannot be used; the server's log has the rest."""
    _log.error("nobody is let in: %s", unusable)
    return AccessUnchecked("The server cannot use its list of tokens or sessions.")


def is_foreign(headers: Headers) -> bool:
    """Whether a browser asks on behalf of another site. Where a page came without TLS it does not
    say so by itself, but names the page's origin; who names neither is no browser."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != headers.get("host", "")


def opens_page(path: str, headers: Headers) -> bool:
    """Whether a person opens a page; a page that asks for more is told what is wrong."""
    if "hx-request" in headers or path.endswith("/pulse") or "/choices/" in path:
        return False
    browses = "text/html" in headers.get("accept", "") and not path.startswith("/api/")
    return browses or path.startswith("/reports") or path == "/"


def _limited(receive: Receive) -> Receive:
    """Raises TooLarge where a body is larger than any that is asked for."""
    size = 0

    async def limited() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > LARGEST_BODY:
            raise TooLarge(f"At most {LARGEST_BODY >> 10} KiB are taken.")
        return message

    return limited


def _nothing() -> None:
    """There is no place to give back."""


def _once_begun(send: Send, then: Callable[[], None]) -> Send:
    """What is worked out needs no place any more while it is sent."""

    async def begun(message: Message) -> None:
        if message["type"] == "http.response.start":
            then()
        await send(message)

    return begun


def bearer_of(headers: Headers) -> str:
    """The token in the Authorization header, or nothing."""
    scheme, _, text = headers.get("authorization", "").partition(" ")
    return _short(text.strip()) if scheme.lower() == "bearer" else ""


def cookie_name(scope: Scope) -> str:
    """Over TLS a name that no other site of the domain, and no page without TLS, can set."""
    return "__Host-baton" if scope.get("scheme") == "https" else "baton_session"


def session_of(scope: Scope, headers: Headers) -> str:
    """The session's id in the page's cookie, or nothing; of two nobody knows which is meant."""
    pairs = (one.strip().partition("=") for one in ";".join(headers.getlist("cookie")).split(";"))
    found = {value for name, _, value in pairs if name == cookie_name(scope)}
    return _short(found.pop()) if len(found) == 1 else ""


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else ""


def host_name(host: str) -> str:
    """The name in a Host header, without its port."""
    return host.rpartition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
