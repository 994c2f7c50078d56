"""What every request passes: host name, access, rate, and the headers that go out with the answer.

Plain ASGI, so that nothing can be routed around it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from queries.api import problems
from queries.errors import (
    AccessUnchecked,
    Forbidden,
    QueryError,
    TooLarge,
    TooManyRequests,
    Unauthorized,
)
from queries.tokens import Token, Tokens, TokensUnusable

COOKIE = "baton_token"
SIGN_IN = "/sign-in"
OPEN = ("/static/", "/vendor/", "/healthz")
"""What needs no token and is not counted: nothing of any workspace is there."""
LARGEST_BODY = 64 << 10
"""Bytes; filters of a few hundred values fit."""

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_FORGET_AFTER = 10_000
_log = logging.getLogger(__name__)


class Rate:
    """A bucket per caller: `per_second` requests on average, bursts of five seconds' worth."""

    def __init__(self, per_second: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._monotonic = monotonic
        self._callers: dict[str, tuple[float, float]] = {}

    def take(self, caller: str) -> None:
        """Count one request; raises TooManyRequests."""
        now = self._monotonic()
        full = 5 * self._per_second
        left, at = self._callers.get(caller, (full, now))
        left = min(full, left + (now - at) * self._per_second)
        if left < 1:
            raise TooManyRequests(max(1, round((1 - left) / self._per_second)))
        if len(self._callers) > _FORGET_AFTER:
            self._callers.clear()
        self._callers[caller] = (left - 1, now)


class Gate:
    """The middleware; `hosts` are the names under which the server may be addressed. What is
    refused to a person is `shown` as a page.

    A page of another site whose name points at this machine must not read an open demo: that is
    why the Host header is looked at. Before a token was made it lets callers in only if it `opens`.
    """

    def __init__(
        self, app: ASGIApp, tokens: Tokens, rate: Rate, hosts: Collection[str], opens: bool,
        shown: problems.Shown = lambda request, error: None,
    ) -> None:  # fmt: skip
        self._app = app
        self._tokens = tokens
        self._rate = rate
        self._hosts = hosts
        self._opens = opens
        self._shown = shown

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it pass, or answer with a problem."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        guarded = _with_headers(send, scope["path"])
        try:
            token = self._admit(scope, headers)
        except QueryError as refusal:
            if isinstance(refusal, Unauthorized) and opens_page(scope["path"], headers):
                await RedirectResponse(SIGN_IN, 303)(scope, receive, guarded)
            else:
                answer = self._shown(Request(scope), refusal) or problems.of(refusal)
                await answer(scope, receive, guarded)
            return
        scope.setdefault("state", {})["workspace"] = token.workspace if token else None
        await self._app(scope, _limited(receive), guarded)

    def _admit(self, scope: Scope, headers: Headers) -> Token | None:
        if "*" not in self._hosts and host_name(headers.get("host", "")) not in self._hosts:
            raise QueryError("This server does not answer to that host name.")
        foreign = headers.get("sec-fetch-site") in ("cross-site", "same-site")
        if scope["method"] not in ("GET", "HEAD", "OPTIONS") and foreign:
            raise Forbidden("Another site may not ask for this.")
        if scope["path"].startswith(OPEN):
            return None
        token = self._token(presented(headers))
        client = scope.get("client") or ("", 0)
        self._rate.take(token.id if token else client[0])
        needed = not self._opens or self._tokens.configured
        if needed and token is None and scope["path"] != SIGN_IN:
            raise Unauthorized("Send a token: Authorization: Bearer baton_...")
        return token

    def _token(self, text: str) -> Token | None:
        try:
            return self._tokens.find(text)
        except TokensUnusable as unusable:
            _log.error("nobody is let in: %s", unusable)
            raise AccessUnchecked("The server cannot read its list of tokens.") from unusable


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


def presented(headers: Headers) -> str:
    """The token a caller shows, in the Authorization header or the page's cookie."""
    scheme, _, text = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return text.strip()
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return cookie.value if cookie else ""


def host_name(host: str) -> str:
    """The name in a Host header, without its port."""
    return host.rpartition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]


def _with_headers(send: Send, path: str) -> Send:
    kept = path.startswith(("/static/", "/vendor/"))

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            headers.setdefault("Cache-Control", "max-age=600" if kept else "private, no-cache")
        await send(message)

    return guarded
