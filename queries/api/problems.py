"""Errors as RFC 9457 problem details; no stack, SQL or address of a server is ever in one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from queries.errors import (
    UNFORESEEN,
    InvalidFilter,
    NotFound,
    QueryError,
    StoreBusy,
    TooManyRequests,
    Unauthorized,
    Unforeseen,
    reason,
)

TYPE = "application/problem+json"
_log = logging.getLogger(__name__)


class Fault(BaseModel):
    """One thing wrong with a request."""

    name: str = Field(description="The parameter.")
    reason: str


class Problem(BaseModel):
    """RFC 9457: what went wrong, for programs (`type`, `status`) and people (`title`, `detail`)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Fault] = []


def response(problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    """The problem as an HTTP response."""
    return JSONResponse(
        problem.model_dump(), status_code=problem.status, media_type=TYPE, headers=headers
    )


def of(error: QueryError, errors: list[Fault] | None = None) -> JSONResponse:
    """A question that cannot be answered."""
    problem = Problem(
        type=f"urn:baton:problem:{error.slug}",
        title=error.title,
        status=error.status,
        detail=str(error),
        errors=errors or [],
    )
    return response(problem, headers_of(error))


def of_status(status: int, detail: str) -> Problem:
    """A problem that says no more than HTTP's own status does."""
    return Problem(
        type="about:blank", title=HTTPStatus(status).phrase, status=status, detail=detail
    )


def headers_of(error: QueryError) -> dict[str, str]:
    """What a caller is told beside the problem itself."""
    if isinstance(error, TooManyRequests | StoreBusy):
        return {"Retry-After": str(error.retry_after)}
    if isinstance(error, Unauthorized):
        return {"WWW-Authenticate": 'Bearer realm="baton"'}
    return {}


def faults(error: RequestValidationError) -> list[Fault]:
    """What is wrong, parameter by parameter."""
    return [
        Fault(
            name=".".join(str(part) for part in fault["loc"][1:]) or "query",
            reason=reason(fault["msg"]),
        )
        for fault in error.errors()
    ]


NO_PAGE = "There is no page at this address."
Shown = Callable[[Request, QueryError], Response | None]


def install(app: FastAPI, shown: Shown, headers: Mapping[str, str]) -> None:
    """Every error becomes a problem, unless it is `shown` to a person as a page.

    `headers` are for answers that pass no middleware: those to what nobody foresaw.
    """

    @app.exception_handler(QueryError)
    def _query(request: Request, error: QueryError) -> Response:
        return shown(request, error) or of(error)

    @app.exception_handler(RequestValidationError)
    def _validation(request: Request, error: RequestValidationError) -> Response:
        named = faults(error)
        invalid = InvalidFilter("; ".join(f"{fault.name}: {fault.reason}" for fault in named))
        return shown(request, invalid) or of(invalid, named)

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        page = shown(request, NotFound(NO_PAGE)) if error.status_code == 404 else None
        return page or _of_http(error)

    @app.exception_handler(Exception)
    def _unforeseen(request: Request, error: Exception) -> Response:
        _log.error("unforeseen error at %s", request.url.path, exc_info=error)
        answer = shown(request, Unforeseen()) or response(of_status(500, UNFORESEEN))
        answer.headers.update(headers)
        return answer


def _of_http(error: HTTPException) -> JSONResponse:
    problem = of_status(error.status_code, str(error.detail))
    return response(problem, dict(error.headers or {}))


_CODES = (400, 401, 403, 404, 409, 422, 429, 500, 503, 504)


def documented(status: int) -> dict[str, Any]:
    """A problem of this status, for OpenAPI."""
    return {
        "description": HTTPStatus(status).phrase,
        "content": {TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


RESPONSES: dict[int | str, dict[str, Any]] = {code: documented(code) for code in _CODES}
"""The problems any route may answer with, for OpenAPI."""
