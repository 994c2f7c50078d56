"""ETags: a poll that would see nothing new costs three small queries, and no answer.

A tag stands for what was asked, for the inserts that the tables have seen, and for what else the
answer says. Of that, some goes with the clock:

- How complete the report is: its status and dead letters are in the tag, and `complete_to` where it
  is not complete. While it is, `complete_to` moves with every second, and a tag with it would never
  match; a 304 then says that it is complete still, and `/api/v1/freshness` says up to when.
- Times that are running: such an answer has no tag, and is worked out anew.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from queries.api.services import Served
from queries.store import Store
from queries.version import version

_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')

RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "headers": {
            "ETag": {
                "description": "For `If-None-Match`; none where the answer goes with the clock.",
                "schema": {"type": "string"},
            }
        }
    },
    304: {"description": "The caller has this answer already: `If-None-Match` names its ETag."},
}
"""What a route with ETags may answer, for OpenAPI."""


class NotModified(Exception):
    """The caller has this answer already."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__()
        self.headers = headers


class Tag:
    """Of an answer that is being worked out: whether it `stands` until the tables change."""

    stands = True


class Tags:
    """Makes the ETag of an answer, and compares it with what the caller has."""

    def __init__(self, request: Request, response: Response, store: Store) -> None:
        self._request, self._response, self._store = request, response, store

    @contextmanager
    def of(self, *asked: object) -> Iterator[Tag]:
        """Around the work for an answer to what was `asked`; raises NotModified, before that work
        where the caller's `If-None-Match` names the tag."""
        state = (version(self._store), self._request.url.path, asked)
        etag = f'W/"{hashlib.sha256(repr(state).encode()).hexdigest()[:32]}"'
        known = _known(self._request)
        if names(known, etag):
            raise NotModified({"ETag": etag})
        tag = Tag()
        yield tag
        headers = {"ETag": etag} if tag.stands else {}
        if known.strip() == "*":
            raise NotModified(headers)
        self._response.headers.update(headers)


def unless_known(request: Request, etag: str) -> None:
    """Where the answer is there already: raises NotModified if `If-None-Match` names its tag."""
    known = _known(request)
    if names(known, etag) or known.strip() == "*":
        raise NotModified({"ETag": etag})


def _known(request: Request) -> str:
    """The tags of what the caller has."""
    return ", ".join(request.headers.getlist("if-none-match"))


def names(known: str, etag: str) -> bool:
    """Whether a list of ETags has this one. A strong one of the same text is the same here: reading
    compares weakly (RFC 9110, 13.1.2)."""
    return etag.removeprefix("W/") in _TAG.findall(known)


def _tags(request: Request, response: Response, served: Served) -> Tags:
    return Tags(request, response, served.store)


Tagged = Annotated[Tags, Depends(_tags)]
