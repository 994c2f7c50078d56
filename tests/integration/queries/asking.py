"""What all tests of the API ask, and how it says no."""

from __future__ import annotations

import httpx

from queries.page.state import PATH

EVERY_QUESTION = (
    "summary", "trend", "log", "handoffs", "time-held", "conversations", "filters/contact",
    "timeline?contact=5",
)  # fmt: skip


PAGES = (
    PATH, f"{PATH}/rows", f"{PATH}/pulse", f"{PATH}/timeline", f"{PATH}/choices/contact",
)  # fmt: skip


def is_problem(answer: httpx.Response, status: int, slug: str) -> bool:
    """The one shape of every error."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert set(body) == {"type", "title", "status", "detail", "errors"}
    assert body["status"] == status
    return bool(body["type"].endswith(slug))
