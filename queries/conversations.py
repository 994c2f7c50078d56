"""Conversations that went through most hands."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from operator import itemgetter

from pydantic import BaseModel, Field

from queries.filters import Narrowing, encode_id
from queries.places import log_statement
from queries.selection import Selection
from queries.store import Row, Store


class ConversationHands(BaseModel):
    """A conversation that went through several hands."""

    conversation_id: str
    contact_id: str
    contact_name: str
    assignments: int
    hands: list[str] = Field(description="Who held it, in order; the first is who did before.")
    loops: int = Field(description="How often it went straight back to the one it came from.")
    rows: Narrowing = Field(description="Filters that select what is counted.")


def most_reassigned(store: Store, selection: Selection, limit: int = 50) -> list[ConversationHands]:
    """Conversations with the most assignments in the period, two at least."""
    counted = store.rows(
        log_statement("conversations", selection),
        {**selection.parameters(), "limit": limit},
    )
    if not counted:
        return []
    ids = tuple(row["conversation_id"] for row in counted)
    within = Selection(
        selection.workspace, selection.span, selection.tz, {**selection.lists, "conversation": ids}
    )
    rows = store.rows(log_statement("hands", within), within.parameters())
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
