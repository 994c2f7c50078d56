"""HEAD: what GET would answer, without what follows its headers. Plain ASGI, for every route."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Head:
    """The middleware. What it passes on is a GET."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask as GET does, and leave the body out."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope, send = _as_get(scope), _without_body(send)
        await self._app(scope, receive, send)


def _as_get(scope: Scope) -> Scope:
    """Of a whole answer: a range is GET's alone (RFC 9110, 14.2). Files are not even read, as the
    server is said to send them by itself."""
    headers = [(name, value) for name, value in scope["headers"] if name != b"range"]
    extensions = {**scope.get("extensions", {}), "http.response.pathsend": {}}
    return {**scope, "method": "GET", "headers": headers, "extensions": extensions}


def _without_body(send: Send) -> Send:
    async def headers_only(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
        elif not message.get("more_body", False):
            await send({"type": "http.response.body"})

    return headers_only
