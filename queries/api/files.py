"""Files as answers, whole or in parts, and spared where the caller has them: none ever changes."""

from __future__ import annotations

import re
from typing import Any

from fastapi import Request
from fastapi.responses import FileResponse
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from queries.api import problems
from queries.api.problems import Problem

_REFUSED = (400, 416)
_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')

TAGGED: dict[int | str, dict[str, Any]] = {
    200: {
        "headers": {"ETag": {"description": "For `If-None-Match`.", "schema": {"type": "string"}}}
    },
    304: {"description": "The caller has this answer already: `If-None-Match` names its ETag."},
}
"""What a route with an ETag may answer, for OpenAPI."""

RESPONSES: dict[int | str, dict[str, Any]] = {
    **TAGGED,
    206: {"description": "The part that `Range` asks for."},
    416: problems.documented(416),
}
"""What a route with files may answer, for OpenAPI."""


class NotModified(Exception):
    """The caller has this answer already."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__()
        self.headers = headers


def unless_known(request: Request, etag: str) -> None:
    """Raises NotModified where the caller's `If-None-Match` names the tag."""
    known = ", ".join(request.headers.getlist("if-none-match"))
    if names(known, etag) or known.strip() == "*":
        raise NotModified({"ETag": etag})


def names(known: str, etag: str) -> bool:
    """Whether a list of ETags has this one. A strong one of the same text is the same here: reading
    compares weakly (RFC 9110, 13.1.2)."""
    return etag.removeprefix("W/") in _TAG.findall(known)


class FileAnswer(FileResponse):
    """A file whose `stat_result` is given; where it has not the part asked for, a problem."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        refusal: Problem | None = None
        size = int(self.headers["content-length"])

        async def answer(message: Message) -> None:
            nonlocal refusal
            if message["type"] == "http.response.start" and message["status"] in _REFUSED:
                refusal = _refused(message["status"], Headers(scope=scope)["range"], size)
            if refusal is None:
                await send(message)

        await super().__call__(scope, receive, answer)
        if refusal is not None:
            headers = {"Content-Range": f"bytes */{size}"} if refusal.status == 416 else {}
            await problems.response(refusal, headers)(scope, receive, send)


def _refused(status: int, asked: str, size: int) -> Problem:
    return problems.of_status(status, f"The file has {size} bytes, and no part {asked!r}.")
