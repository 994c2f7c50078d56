"""Conversations that went through most hands."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from operator import itemgetter

from pydantic import BaseModel, Field

from queries.filters import Narrowing, encode_id
from queries.names import Named, names
from queries.selection import Selection
from queries.sql import statement
from queries.store import Row, Store
from queries.tables import LOG


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
    """Conversations with the most assignments in the period, two at least; of those with as many
    it is always the same ones that are shown."""
    query = statement("conversations", selected=LOG.rows(selection))
    rows = store.rows(query, {**selection.parameters(), "limit": limit})
    hands = [list(group) for _, group in groupby(rows, key=itemgetter("conversation_id"))]
    hands.sort(key=len, reverse=True)
    holders = _names(store, selection.workspace, hands)
    return [_conversation(each, holders) for each in hands]


def _names(store: Store, workspace: str, shown: Sequence[Sequence[Row]]) -> dict[str, str]:
    ids = {row[name] for rows in shown for row in rows for name in ("previous_holder", "holder")}
    found = names(store, workspace, Named.ASSIGNEE, ids - {""})
    return {identifier: found.get(identifier) or identifier or "-" for identifier in ids}


def _conversation(rows: Sequence[Row], holders: dict[str, str]) -> ConversationHands:
    last = rows[-1]
    moves = [(row["previous_holder"], row["holder"]) for row in rows]
    return ConversationHands(
        conversation_id=last["conversation_id"],
        contact_id=last["contact_id"],
        contact_name=last["contact_name"],
        assignments=len(rows),
        hands=[holders[identifier] for identifier in (moves[0][0], *(to for _, to in moves))],
        loops=loops(moves),
        rows={"conversation": [encode_id(last["conversation_id"])]},
    )


def loops(moves: Sequence[tuple[str, str]]) -> int:
    """How often somebody passed it straight back to who had passed it to them."""
    return sum(
        1
        for (giver, taker), (second_giver, second_taker) in pairwise(moves)
        if giver and taker and (giver, taker) == (second_taker, second_giver)
    )
