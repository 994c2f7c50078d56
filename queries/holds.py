"""Time held: how long each held the contacts that they got in a period.

A hold lasts from its assignment to the next of the same contact, or up to now.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field

from queries.filters import Kind, Narrowing, encode_id
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
    running: int = Field(description="How many of them still last.")
    seconds: float
    rows: Narrowing = Field(description="Filters that select the assignments that `holds` counts.")


def time_held(
    store: Store,
    selection: Selection,
    now: datetime,
    by: HeldBy = HeldBy.ASSIGNEE,
    limit: int = 1000,
) -> list[TimeHeld]:
    """Time held, longest first, and time with nobody among it."""
    asked = {
        **selection.parameters(),
        "contacts": _contacts(store, selection),
        "by": by,
        "now": millis(now),
        "limit": limit,
    }
    rows = store.rows(statement("time_held", *_holds(selection, by), given=selection.given), asked)
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


# Not teams, though they are there: an event that makes no row can put a holder into another team,
# and the hold then ends under that one.
_IN_HOLD_SUMS = {"assigned_to", "kind"}


def _holds(selection: Selection, by: HeldBy) -> tuple[str, ...]:
    """Which subqueries add up time held, as `held`."""
    if selection.of_few:
        return ("held=held_of_chains",)
    summed = by is HeldBy.ASSIGNEE and selection.given <= _IN_HOLD_SUMS
    if summed and selection.whole_quarters:
        return ("held=held_of_sums",)
    return ("selected", "endings", "lasting", "held=held_of_log")


def _contacts(store: Store, selection: Selection) -> list[str]:
    """Whose chains tell it, where few are asked about."""
    if not selection.of_few:
        return []
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
