"""Routes of the report: workspaces, summary, trend, log, freshness."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from queries import log as log_pages
from queries import workspaces
from queries.answers import Asked, Report, report
from queries.api.problems import RESPONSES
from queries.api.services import Allowed, Served
from queries.filters import Filters
from queries.freshness import Freshness
from queries.periods import LONGEST, Step
from queries.question import ask
from queries.selection import before
from queries.summary import Trend, summarize, trend

router = APIRouter(prefix="/api/v1", tags=["report"], responses=RESPONSES)


class Workspaces(BaseModel):
    """The workspaces the caller may read."""

    workspaces: list[str]


class TrendQuestion(Filters):
    """Filters, and how wide the buckets are."""

    step: Step | None = Field(
        None,
        description="Default: what suits the period's length. "
        + ", ".join(f"By {step} at most {days:,} days" for step, days in LONGEST.items())
        + ".",
    )


class TrendAnswer(Asked):
    """The course over the period and over the one before it, bucket by bucket."""

    current: Trend
    previous: Trend


class LogQuestion(Filters):
    """Filters, order and page of the log."""

    sort: log_pages.Sort = log_pages.Sort.NEWEST
    cursor: str | None = Field(
        None, max_length=log_pages.CURSOR_AT_MOST, description="`next` of the page before."
    )
    limit: int = Field(100, ge=1, le=1000)


class LogAnswer(Asked, log_pages.LogPage):
    """One page of the log."""


@router.get("/workspaces", summary="Workspaces the caller may read")
def list_workspaces(served: Served, allowed: Allowed) -> Workspaces:
    return Workspaces(workspaces=workspaces.known(served.store) if allowed is None else [allowed])


@router.get("/freshness", summary="Up to when the report is complete")
def freshness(served: Served, allowed: Allowed) -> Freshness:
    return served.freshness(allowed)


@router.get("/summary", summary="Counts and percentages by source")
def summary(
    filters: Annotated[Filters, Query()],
    served: Served,
    allowed: Allowed,
) -> Report:
    fresh = served.freshness(
        allowed
    )  # before the numbers: they may be newer than it says, never older
    asked = ask(served.store, filters, served.clock(), allowed)
    return report(asked, summarize(served.store, asked.selection), fresh)


@router.get(
    "/trend",
    summary="The period and the one before it, by hour, day, week or month",
)
def course(
    filters: Annotated[TrendQuestion, Query()],
    served: Served,
    allowed: Allowed,
) -> TrendAnswer:
    asked = ask(served.store, filters, served.clock(), allowed)
    earlier = before(filters, asked.selection, asked.now)
    current = trend(served.store, asked.selection, filters.step)
    return TrendAnswer(
        **Asked.of(asked).model_dump(),
        current=current,
        previous=trend(served.store, earlier, current.step),
    )


@router.get("/log", summary="The assignments themselves")
def log(
    filters: Annotated[LogQuestion, Query()],
    served: Served,
    allowed: Allowed,
) -> LogAnswer:
    asked = ask(served.store, filters, served.clock(), allowed)
    page = (filters.sort, filters.cursor, filters.limit)
    found = log_pages.page(served.store, asked.selection, *page, asked.now)
    return LogAnswer(**Asked.of(asked).model_dump(), **dict(found))
