"""Routes of the page: the report, its fragments, timelines, signing in, API documentation."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from pydantic import ValidationError

from producers.event import Source
from queries import log, workspaces, zones
from queries.answers import Asked
from queries.api.gate import cookie_name, session_of, unchecked
from queries.api.problems import headers_of
from queries.api.services import Allowed, Opened, Served, Services
from queries.choices import Choosable, choices
from queries.errors import Forbidden, NothingYet, QueryError, UnknownWorkspace, WorkspaceNeeded
from queries.filters import LISTS
from queries.freshness import Freshness
from queries.page import render
from queries.page.completeness import completeness
from queries.page.pulse import Pulse
from queries.page.results import PAGE_ROWS, Results, results
from queries.page.state import PATH, PageState, View, exported, log_selection
from queries.page.values import Shown, offered, shown
from queries.periods import Period
from queries.question import Question, ask
from queries.records import RecordsUnusable
from queries.selection import asked_days, before
from queries.timeline import timeline
from queries.version import version

router = APIRouter(include_in_schema=False)
REFRESHED_AT_MOST = 500


def _pulse(request: Request) -> Pulse:
    pulse: Pulse = request.app.state.pulse
    return pulse


Pulses = Annotated[Pulse, Depends(_pulse)]


class MoreRows(PageState):
    """The page's state and where its log goes on."""

    cursor: str
    shown: int


class TimelineState(PageState):
    """The page's state and whose timeline is open."""

    of_contact: str | None = None
    of_conversation: str | None = None


@router.get("/")
def home() -> RedirectResponse:
    return RedirectResponse(PATH)


@router.get(PATH)
def report(
    state: Annotated[PageState, Query()], request: Request, served: Served, allowed: Allowed,
    pulses: Pulses,
) -> Response:  # fmt: skip
    question = ask(served.store, state, served.clock(), allowed)
    part = request.headers.get("HX-Request") == "true"
    refresh = "X-Refresh" in request.headers
    rows = _rows_wanted(request) if refresh else PAGE_ROWS
    fresh = served.freshness(allowed)
    tables = version(served.store)
    found = results(served.store, state, question, fresh, render.texts(), rows)
    shown_as = pulses.version(_page(state, question, fresh), tables, lambda: found)
    context = _context(served, found, allowed, shown_as) | {"part": part}
    response = render.page(request, "_part.html" if part else "page.html", context)
    response.headers["Vary"] = "HX-Request"
    if part and not refresh:
        response.headers["HX-Push-Url"] = state.link()
    return response


@router.get(f"{PATH}/rows")
def more_rows(
    state: Annotated[MoreRows, Query()], request: Request, served: Served, allowed: Allowed
) -> Response:
    question = ask(served.store, state, served.clock(), allowed)
    shown = log_selection(state, question.selection, question.now)
    limit = max(1, min(PAGE_ROWS, log.SHOWN_AT_MOST - state.shown))
    page = log.page(served.store, shown, state.sort, state.cursor, limit, question.now)
    base = PageState(**state.said(PageState))
    context = {
        "state": base, "rows": page, "shown": state.shown + len(page.rows),
        "capped": log.SHOWN_AT_MOST,
    }  # fmt: skip
    return render.page(request, "_rows.html", context)


@router.get(f"{PATH}/choices/{{of}}")
def offer(
    of: Choosable, served: Served, allowed: Allowed, workspace: str | None = None,
    q: Annotated[str, Query(max_length=200)] = "",
) -> list[Shown]:  # fmt: skip
    """What a field offers for what was typed into it."""
    chosen = workspaces.permitted(served.store, workspace, allowed)
    return offered(served.store, chosen, of, q, render.texts())


@router.get(f"{PATH}/pulse")
def pulse(
    state: Annotated[PageState, Query()], served: Served, allowed: Allowed, pulses: Pulses
) -> JSONResponse:
    """What a page asks every few seconds: is there anything new, and complete to when."""
    fresh = served.freshness(allowed)
    question = ask(served.store, state, served.clock(), allowed)
    shown_as = pulses.version(
        _page(state, question, fresh), version(served.store),
        lambda: results(served.store, state, question, fresh, render.texts()),
    )  # fmt: skip
    complete = completeness(fresh, render.texts(), question.selection.tz, question.now)
    return JSONResponse({"version": shown_as, "complete": asdict(complete)})


def _page(state: PageState, question: Question, fresh: Freshness) -> tuple[object, ...]:
    """What a page is known by: what else than the tables decides about what it shows."""
    kept = (fresh.status == "unknown", fresh.dead_letters)
    selection = question.selection
    return state.query(), selection.workspace, selection.span, selection.tz.key, kept


@router.get(f"{PATH}/timeline")
def history(
    state: Annotated[TimelineState, Query()], request: Request, served: Served, allowed: Allowed
) -> Response:
    question = ask(served.store, state, served.clock(), allowed)
    found = timeline(
        served.store, question.selection.workspace, question.selection.tz, question.now,
        state.of_contact, state.of_conversation,
    )  # fmt: skip
    context = {"state": PageState(**state.said(PageState)), "timeline": found}
    return render.page(request, "timeline.html", context)


@router.get("/sign-in")
def sign_in(request: Request) -> Response:
    context = {"wrong": False, "next": _within(request.query_params.get("next"))}
    return render.page(request, "sign_in.html", context)


async def _form(request: Request) -> dict[str, list[str]]:
    return parse_qs((await request.body()).decode(errors="replace"))


Form = Annotated[dict[str, list[str]], Depends(_form)]


@router.post("/sign-in")
def signed_in(request: Request, fields: Form, served: Served, sessions: Opened) -> Response:
    text, after = fields.get("token", [""])[0].strip(), _within(fields.get("next", [""])[0])
    try:
        token = served.tokens.find(text)
        if token is None:
            return render.page(request, "sign_in.html", {"wrong": True, "next": after}, 401)
        sessions.end(session_of(request.scope, request.headers))
        session = sessions.open(token)
    except RecordsUnusable as unusable:
        raise unchecked(unusable) from unusable
    response = RedirectResponse(after, 303)
    secure = request.url.scheme == "https"
    name = cookie_name(request.scope)
    response.set_cookie(name, session, httponly=True, samesite="strict", secure=secure)
    return response


def _within(address: str | None) -> str:
    """Where one wanted to go, if that is a page of the report."""
    within = address and (address == PATH or address.startswith((f"{PATH}?", f"{PATH}/")))
    return address if address and within else PATH


@router.post("/sign-out")
def sign_out(request: Request, sessions: Opened) -> Response:
    try:
        sessions.end(session_of(request.scope, request.headers))
    except RecordsUnusable as unusable:
        raise unchecked(unusable) from unusable
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(cookie_name(request.scope), secure=request.url.scheme == "https")
    return response


@router.get("/api/v1/docs")
def docs(request: Request) -> HTMLResponse:
    return render.page(request, "docs.html", {})


def _rows_wanted(request: Request) -> int:
    try:
        wanted = int(request.headers.get("X-Rows", ""))
    except ValueError:
        return PAGE_ROWS
    return min(max(wanted, PAGE_ROWS), REFRESHED_AT_MOST)


def _context(served: Services, found: Results, allowed: str | None, version: str) -> dict[str, Any]:
    state, selection = found.state, found.question.selection
    texts = render.texts()
    return {
        "state": state,
        "results": found,
        "complete": completeness(found.fresh, texts, selection.tz, found.question.now),
        "asked": Asked.of(found.question),
        "charts": found.charts(texts),
        "version": version,
        "rows": found.rows,
        "shown": len(found.rows.rows),
        "capped": log.SHOWN_AT_MOST,
        "refreshed": REFRESHED_AT_MOST,
        "views": list(View),
        "periods": list(Period),
        "days": asked_days(state, found.question.now, selection.tz),
        "previous": state.during(*_previous_days(state, found.question)),
        "cleared": state.link(only=None, **dict.fromkeys(LISTS)),
        "exported": exported(state, selection, found.question.now),
        "colours": {source: source.colour for source in Source},
        "workspaces": [allowed] if allowed else workspaces.known(served.store),
        "signed_in": allowed is not None,
        "sources": [
            Shown(one.value, texts.source(one.value))
            for one in choices(served.store, selection.workspace, Choosable.SOURCE)
        ],
        "zones": sorted(zones.names()),
        "chosen": {
            name: shown(served.store, selection.workspace, name, getattr(state, name), texts)
            for name in LISTS
        },
    }


def _previous_days(
    state: PageState, question: Question
) -> tuple[date, date] | tuple[datetime, datetime]:
    earlier = before(state, question.selection, question.now).span
    if state.instants:
        return earlier.start, earlier.end
    last = earlier.end.astimezone(question.selection.tz) - timedelta(milliseconds=1)
    return earlier.start.astimezone(question.selection.tz).date(), last.date()


def error_page(request: Request, error: QueryError) -> HTMLResponse:
    """A question the page cannot answer, with a way out."""
    context: dict[str, Any] = {"error": error, "nothing_yet": isinstance(error, NothingYet)}
    match error:
        case NothingYet():
            name = "nothing-yet"
        case WorkspaceNeeded():
            name = error.slug
            context["workspaces"] = [(one, _in(request, one)) for one in error.workspaces]
        case _:
            name = error.slug
            elsewhere = isinstance(error, UnknownWorkspace | Forbidden)
            context["start"] = PATH if elsewhere else _start_again(request)
    context["title"] = render.texts()(f"problem.{name}")
    response = render.page(request, "message.html", context, error.status)
    response.headers.update(headers_of(error))
    return response


def _in(request: Request, workspace: str) -> str:
    """The same address, of a workspace."""
    query = request.url.include_query_params(workspace=workspace).query
    return f"{request.url.path}?{query}"


def _start_again(request: Request) -> str:
    """The report of the same workspace without filters."""
    with suppress(ValidationError):
        named = {"workspace": request.query_params.get("workspace")}
        return PageState.model_validate(named).link()
    return PATH
