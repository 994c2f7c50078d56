"""What the database's errors become for whoever asked."""

from __future__ import annotations

from clickhouse_connect.driver.exceptions import DatabaseError
from starlette.requests import Request

from queries.api import problems
from queries.page.routes import error_page
from queries.store import explained

PAGE = {
    "type": "http",
    "method": "GET",
    "path": "/reports/assignments",
    "query_string": b"",
    "headers": [],
}


def test_a_database_without_a_free_place_is_asked_again_later() -> None:
    refused = DatabaseError("Code: 202. Too many simultaneous queries of baton", code=202)
    error = explained(refused)
    for answer in (problems.of(error), error_page(Request(PAGE), error)):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "1"
        assert b"Code: 202" not in answer.body
