"""Files as answers, whole or in parts."""

from __future__ import annotations

from typing import Any

from fastapi.responses import FileResponse
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from queries.api import etags, problems
from queries.api.problems import Problem

_REFUSED = (400, 416)


RESPONSES: dict[int | str, dict[str, Any]] = {
    **etags.RESPONSES,
    206: {"description": "The part that `Range` asks for."},
    416: problems.documented(416),
}
"""What a route with files may answer, for OpenAPI."""


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
