"""Filters made into a question: workspace found, zone and clock settled, span worked out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from queries import workspaces
from queries.filters import Filters
from queries.selection import Selection, select
from queries.store import Store


@dataclass(frozen=True)
class Question:
    """What was asked, and what it means at `now`."""

    filters: Filters
    selection: Selection
    now: datetime


def ask(store: Store, filters: Filters, now: datetime, allowed: str | None = None) -> Question:
    """The question behind filters; `allowed` is the workspace of the caller's token, if any.

    Raises QueryError: Forbidden is raised before anything is looked up.
    """
    workspace = workspaces.permitted(store, filters.workspace, allowed)
    tz = workspaces.time_zone(store, workspace, filters.timezone)
    return Question(filters, select(filters, workspace, tz, now), now)
