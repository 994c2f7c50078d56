"""Counts and percentages by source, and their course over the period."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from producers.event import Source
from queries.percentages import percentages
from queries.periods import Step, edges, natural_step
from queries.selection import Selection
from queries.sql import statement
from queries.store import Store
from queries.tables import tally
from queries.zones import in_zone


class SourceCount(BaseModel):
    """How many assignments one source made; percent is of the total, and all add up to 100.0."""

    source: Source
    count: int
    percent: float


class Summary(BaseModel):
    """Assignments by source in the period, in the sources' fixed order; only those that occur."""

    total: int = Field(description="All assignments, unassignments included.")
    unassignments: int = Field(description="How many of the total took a contact from everybody.")
    sources: list[SourceCount]


class TrendPoint(BaseModel):
    """One bucket of the course over time."""

    start: datetime = Field(description="Its first instant, in the time zone asked for.")
    end: datetime = Field(description="Where the next one begins.")
    count: int
    unassignments: int


class Trend(BaseModel):
    """The period in buckets; empty ones are there with 0."""

    step: Step
    points: list[TrendPoint]


def summarize(store: Store, selection: Selection) -> Summary:
    """Counts and percentages by source."""
    rows = store.rows(statement("by_source", **tally(selection)), selection.parameters())
    counts = {row["source"]: row["assignments"] for row in rows}
    present = [source for source in Source if counts.get(source, 0) > 0]
    shares = percentages([counts[source] for source in present])
    return Summary(
        total=sum(counts.values()),
        unassignments=sum(row["unassignments"] for row in rows),
        sources=[
            SourceCount(source=source, count=counts[source], percent=share)
            for source, share in zip(present, shares, strict=True)
        ],
    )


def trend(store: Store, selection: Selection, step: Step | None = None) -> Trend:
    """The course over the period, by hour, day or week (whatever suits its length)."""
    step = step or natural_step(selection.span)
    starts = edges(selection.span, step, selection.tz)
    if not starts:
        return Trend(step=step, points=[])
    keys = [int(start.timestamp()) for start in starts]
    rows = store.rows(
        statement("trend", **tally(selection, starts)),
        {**selection.parameters(), "edges": keys},
    )
    found = {row["edge"]: (row["assignments"], row["unassignments"]) for row in rows}
    points = []
    for key, start, end in zip(keys, starts, [*starts[1:], selection.span.end], strict=True):
        count, unassignments = found.get(key, (0, 0))
        points.append(
            TrendPoint(
                start=in_zone(start, selection.tz),
                end=in_zone(end, selection.tz),
                count=count,
                unassignments=unassignments,
            )
        )
    return Trend(step=step, points=points)
