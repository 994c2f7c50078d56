"""Time held: how long each held the contacts that they got in a period.

A hold lasts from its assignment to the next of the same contact, or up to now.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field

from queries.filters import Hold, Kind, Narrowing, encode_id
from queries.names import Named, names
from queries.selection import Selection, millis
from queries.sql import statement, text
from queries.store import Row, Store
from queries.tables import ENDS, LOG


class HeldBy(StrEnum):
    """Whose time is added up."""

    ASSIGNEE = "assignee"
    TEAM = "team"

    @property
    def named(self) -> Named:
        """Whose names they have."""
        return Named.TEAM if self is HeldBy.TEAM else Named.ASSIGNEE


class TimeHeld(BaseModel):
    """How long contacts were held that were got in the period, up to now where they still are."""

    name: str = Field(description='Empty: no team; "-": nobody.')
    nobody: bool
    holds: int = Field(description="Assignments in the period that began one.")
    running: int = Field(description="How many of them still last: `rows` with `hold=running`.")
    seconds: float
    rows: Narrowing = Field(description="Filters that select the assignments that `holds` counts.")

    @property
    def running_rows(self) -> Narrowing:
        """Filters that select the assignments that `running` counts."""
        return {**self.rows, "hold": [Hold.RUNNING]}


def time_held(
    store: Store,
    selection: Selection,
    now: datetime,
    by: HeldBy = HeldBy.ASSIGNEE,
    limit: int = 1000,
) -> list[TimeHeld]:
    """Time held, longest first, and time with nobody among it."""
    asked = {**selection.parameters(), "by": by, "now": millis(now), "limit": limit}
    rows = _held(store, selection, asked)
    ids = {row["id"] for row in rows}
    known = names(store, selection.workspace, by.named, ids)
    return [
        TimeHeld(
            name="-" if row["is_nobody"] else known[row["id"]] or row["id"],
            nobody=row["is_nobody"],
            holds=row["holds"],
            running=row["running"],
            seconds=row["held_ms"] / 1000,
            rows=_behind(by, row),
        )
        for row in rows
    ]


def _held(store: Store, selection: Selection, asked: Mapping[str, Any]) -> list[Row]:
    """From the ends of what was begun, which say by themselves what that was; where they do not say
    all that is asked, each assignment is paired with its end."""
    if ENDS.answers(selection):
        return _asked(store, "held_of_ends", selection, ENDS.rows(selection), asked)
    return _asked(store, "held_of_pairs", selection, ENDS.rows(selection.unfiltered), asked)


def _asked(
    store: Store, name: str, selection: Selection, ends: str, asked: Mapping[str, Any]
) -> list[Row]:
    subqueries = {"selected": LOG.rows(selection), "ends": ends, "held": text(name)}
    return store.rows(statement("time_held", **subqueries), asked)


def _behind(by: HeldBy, row: Row) -> Narrowing:
    if by is HeldBy.TEAM and row["is_nobody"]:
        return {"kind": [Kind.UNASSIGNMENT]}
    if by is HeldBy.TEAM:
        return {"team": [encode_id(row["id"])], "kind": [Kind.ASSIGNMENT]}
    return {"assigned_to": [encode_id(row["id"])]}
