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
from queries.sql import statement
from queries.store import Row, Store
from queries.timeline import contacts_of


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
    rows = _of_sums(store, selection, asked)
    if rows is None:
        rows = _of_log(store, selection, asked)
    ids = {row["id"] for row in rows}
    known = names(store, selection.workspace, by.named, ids)
    return [
        TimeHeld(
            name="-" if row["is_nobody"] else known[row["id"]] or row["id"],
            nobody=row["is_nobody"],
            holds=row["holds"],
            running=row["running"],
            seconds=row["held_ms"] / 1000,
            rows=_held(by, row),
        )
        for row in rows
    ]


_IN_ORIGINS = {"source", "assigned_by", "assigned_to", "team", "kind"}


def _of_sums(store: Store, selection: Selection, asked: Mapping[str, Any]) -> list[Row] | None:
    """From what is added up as rows arrive; None where that cannot answer."""
    if selection.by_nobody or not selection.whole_quarters or not selection.given <= _IN_ORIGINS:
        return None
    apart = asked["by"] is HeldBy.TEAM or bool(selection.given - {"assigned_to", "kind"})
    told = "user" if "assigned_by" in selection.given else "source"
    query = statement("held_of_sums", given=selection.given)
    rows = store.rows(query, {**asked, "told": told, "told_apart": apart})
    return None if rows and rows[0]["unknown"] else rows


def _of_log(store: Store, selection: Selection, asked: Mapping[str, Any]) -> list[Row]:
    if not selection.of_few:
        uses = ("selected", "endings", "lasting", "held=held_of_log")
        return store.rows(statement("time_held", *uses, given=selection.given), asked)
    query = statement("time_held", "held=held_of_chains", given=selection.given)
    return store.rows(query, {**asked, "contacts": _contacts(store, selection)})


def _contacts(store: Store, selection: Selection) -> list[str]:
    """Whose chains tell it."""
    contacts = selection.lists.get("contact", ())
    return list(contacts) or contacts_of(
        store, selection.workspace, selection.lists["conversation"]
    )


def _held(by: HeldBy, row: Row) -> Narrowing:
    if by is HeldBy.TEAM and row["is_nobody"]:
        return {"kind": [Kind.UNASSIGNMENT]}
    if by is HeldBy.TEAM:
        return {"team": [encode_id(row["id"])], "kind": [Kind.ASSIGNMENT]}
    return {"assigned_to": [encode_id(row["id"])]}
