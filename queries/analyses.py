"""Who passes to whom, how long each holds, and which conversations went through most hands.

Every number comes with the filters that, put on top of the question's own, select exactly the
assignments it counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from itertools import groupby, pairwise
from operator import itemgetter

from pydantic import BaseModel, Field

from queries.choices import source_label
from queries.filters import Kind, encode_id
from queries.selection import Selection, millis
from queries.sql import statement
from queries.store import Row, Store

Narrowing = dict[str, list[str]]
"""Filters that select the rows behind a number."""


class PassedBy(StrEnum):
    """Whom a hand-off is told of: who or what acted, or who held the contact before."""

    ACTOR = "actor"
    HOLDER = "holder"


class HeldBy(StrEnum):
    """Whose time is added up."""

    ASSIGNEE = "assignee"
    TEAM = "team"


class Handoff(BaseModel):
    """How often one passed contacts to another."""

    from_name: str
    to_name: str
    count: int
    rows: Narrowing = Field(description="Filters that select what is counted.")


class TimeHeld(BaseModel):
    """How long contacts were held that were got in the period, up to now where they still are."""

    name: str = Field(description='Empty: no team; "-": nobody.')
    nobody: bool
    holds: int = Field(description="Assignments in the period that began one.")
    running: int = Field(description="How many of them still last.")
    seconds: float
    rows: Narrowing = Field(description="Filters that select the assignments that `holds` counts.")


class ConversationHands(BaseModel):
    """A conversation that went through several hands."""

    conversation_id: str
    contact_id: str
    contact_name: str
    assignments: int
    hands: list[str] = Field(description="Who held it, in order; the first is who did before.")
    loops: int = Field(description="How often it went straight back to the one it came from.")
    rows: Narrowing = Field(description="Filters that select what is counted.")


def handoffs(
    store: Store, selection: Selection, by: PassedBy = PassedBy.ACTOR, limit: int = 1000
) -> list[Handoff]:
    """The most frequent hand-offs to somebody; unassignments are none."""
    rows = store.rows(
        statement("handoffs", *cells(selection, by), *names(by), given=selection.given),
        {**selection.parameters(), "by": by, "limit": limit},
    )
    field = "previous" if by is PassedBy.HOLDER else "actor"
    return [
        Handoff(
            from_name=from_name(row["from_id"], row["from_name"], by),
            to_name=row["to_name"] or row["to_id"],
            count=row["handoffs"],
            rows={field: [encode_id(row["from_id"])], "assigned_to": [encode_id(row["to_id"])]},
        )
        for row in rows
    ]


# Which sums know which filters.
_SUMMED: dict[PassedBy, dict[str, set[str]]] = {
    PassedBy.ACTOR: {
        "moves_of_counts": {"source", "actor", "assigned_by", "assigned_to", "kind"},
    },
    PassedBy.HOLDER: {
        "moves_of_counts": {"previous", "assigned_to", "kind"},
        "moves_of_holders": {"source", "assigned_by", "previous", "assigned_to", "kind"},
    },
}
_IN_TOTALS = {"source", "kind"}
# Not teams, though they are there: an event that makes no row can put a holder into another team,
# and the hold then ends under that one.
_IN_HOLD_SUMS = {"assigned_to", "kind"}


def cells(selection: Selection, by: PassedBy) -> tuple[str, ...]:
    """Which subqueries count hand-offs from one to another, as `cells`."""
    return (*moves(selection, by), "cells")


def moves(selection: Selection, by: PassedBy) -> tuple[str, ...]:
    """Which subqueries say how often who passed to whom, as `moves`: sums where they can."""
    if selection.in_histories:
        return ("history", "moves=moves_of_histories")
    counts = _counts(selection, by)
    if counts is None:
        return ("selected", "moves=moves_of_log")
    if selection.whole_utc_days:
        return (f"moves={counts}",)
    return (
        *_ends(selection, by),
        "moves_of_ends",
        f"moves_of_days={counts}",
        "moves=moves_with_ends",
    )


def sides(selection: Selection, by: PassedBy) -> tuple[str, ...]:
    """Which subqueries say how much each passes on, and gets, as `sides`."""
    if not selection.given <= _IN_TOTALS:
        return (*moves(selection, by), "sides=sides_of_moves")
    if selection.whole_utc_days:
        return ("sides=sides_of_totals",)
    ends = (*_ends(selection, by), "moves=moves_of_ends")
    return (*ends, "sides_of_moves", "sides_of_totals", "sides=sides_with_ends")


def _ends(selection: Selection, by: PassedBy) -> tuple[str, ...]:
    """Which subqueries know what lies outside of whole days, as `moves_at_ends`."""
    if by is PassedBy.ACTOR and selection.whole_quarters:
        return ("moves_at_ends=moves_of_quarters",)
    return ("selected", "moves_at_ends=moves_of_log")


def _counts(selection: Selection, by: PassedBy) -> str | None:
    for counts, known in _SUMMED[by].items():
        # Holders are told apart by users; where none is shown, any other source may have moved it.
        nobody = counts == "moves_of_holders" and "" in selection.lists.get("assigned_by", ())
        if selection.given <= known and not nobody:
            return counts
    return None


def names(by: PassedBy) -> tuple[str, ...]:
    """Which subqueries name those who passed on (`froms`) and those who got it (`named`)."""
    froms = "names_of_assignees" if by is PassedBy.HOLDER else "names_of_actors"
    return (f"froms={froms}", "named=names_of_assignees")


def from_name(identifier: str, name: str, by: PassedBy) -> str:
    """What readers see of who or what passed on."""
    if by is PassedBy.HOLDER:
        return name or identifier or "-"
    source, _, actor = identifier.partition(":")
    return name or actor or source_label(source)


def time_held(
    store: Store,
    selection: Selection,
    now: datetime,
    by: HeldBy = HeldBy.ASSIGNEE,
    limit: int = 1000,
) -> list[TimeHeld]:
    """Time held, longest first, and time with nobody among it."""
    rows = store.rows(
        statement(
            "time_held", *_holds(selection, by), f"named=names_of_{by}s", given=selection.given
        ),
        {**selection.parameters(), "by": by, "now": millis(now), "limit": limit},
    )
    return [
        TimeHeld(
            name="-" if row["is_nobody"] else row["name"] or row["id"],
            nobody=row["is_nobody"],
            holds=row["holds"],
            running=row["running"],
            seconds=row["held_ms"] / 1000,
            rows=_held(by, row),
        )
        for row in rows
    ]


def _holds(selection: Selection, by: HeldBy) -> tuple[str, ...]:
    """Which subqueries add up time held, as `held`."""
    summed = by is HeldBy.ASSIGNEE and selection.given <= _IN_HOLD_SUMS
    if summed and selection.whole_quarters:
        return ("held=held_of_sums",)
    return ("selected", "endings", "lasting", "held=held_of_log")


def _held(by: HeldBy, row: Row) -> Narrowing:
    if by is HeldBy.TEAM and row["is_nobody"]:
        return {"kind": [Kind.UNASSIGNMENT]}
    if by is HeldBy.TEAM:
        return {"team": [encode_id(row["id"])], "kind": [Kind.ASSIGNMENT]}
    return {"assigned_to": [encode_id(row["id"])]}


def most_reassigned(store: Store, selection: Selection, limit: int = 50) -> list[ConversationHands]:
    """Conversations with the most assignments in the period, two at least."""
    counted = store.rows(
        statement("conversations", "selected", given=selection.given),
        {**selection.parameters(), "limit": limit},
    )
    if not counted:
        return []
    ids = tuple(row["conversation_id"] for row in counted)
    within = Selection(
        selection.workspace, selection.span, selection.tz, {**selection.lists, "conversation": ids}
    )
    rows = store.rows(statement("hands", "selected", given=within.given), within.parameters())
    by_id = {key: list(group) for key, group in groupby(rows, key=itemgetter("conversation_id"))}
    return [_conversation(by_id[identifier]) for identifier in ids if identifier in by_id]


def _conversation(rows: Sequence[Row]) -> ConversationHands:
    last = rows[-1]
    return ConversationHands(
        conversation_id=last["conversation_id"],
        contact_id=last["contact_id"],
        contact_name=last["contact_name"],
        assignments=len(rows),
        hands=[rows[0]["previous_assignee"], *(row["assigned_to"] for row in rows)],
        loops=loops([(row["previous_assignee_id"], row["assigned_to_id"]) for row in rows]),
        rows={"conversation": [encode_id(last["conversation_id"])]},
    )


def loops(moves: Sequence[tuple[str, str]]) -> int:
    """How often somebody passed it straight back to who had passed it to them."""
    return sum(
        1
        for (giver, taker), (second_giver, second_taker) in pairwise(moves)
        if giver and taker and (giver, taker) == (second_taker, second_giver)
    )
