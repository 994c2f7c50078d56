"""Conversations that went through most hands.

They are counted under numbers that stand for their ids, as adding up by text takes four times as
long; what each went through is then read with its id. Where the two do not agree (two ids have one
number, or rows came in between), they are counted in the log.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any

from pydantic import BaseModel, Field

from queries.filters import Narrowing, encode_id
from queries.names import Named, names
from queries.places import log_statement
from queries.selection import Selection
from queries.sql import statement
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


Counted = dict[int, int]
"""The number that stands for a conversation to how many assignments it had, the most first."""

Hands = dict[str, list[Row]]
"""A conversation's id to the assignments of it that were asked for, in order."""


def most_reassigned(store: Store, selection: Selection, limit: int = 50) -> list[ConversationHands]:
    """Conversations with the most assignments in the period, two at least.

    Of those with as many it is always the same ones that are shown.
    """
    for count in _ways(selection):
        counted = count(store, selection, limit)
        hands = _hands(store, selection, counted)
        found = {rows[0]["conversation_hash"]: len(rows) for rows in hands.values()}
        if found == counted and len(found) == len(hands):
            break
    holders = _names(store, selection.workspace, hands)
    place = {number: index for index, number in enumerate(counted)}
    shown = sorted(hands.values(), key=lambda rows: place[rows[0]["conversation_hash"]])
    return [_conversation(rows, holders) for rows in shown]


def _ways(selection: Selection) -> list[Callable[[Store, Selection, int], Counted]]:
    summed = selection.whole_quarters and not selection.of_few
    return [_in_counts, _in_log] if summed else [_in_log]


def _in_counts(store: Store, selection: Selection, limit: int) -> Counted:
    told = _told(selection)
    query = statement("conversations_of_counts", given=frozenset({*selection.given, *told}))
    return _counted(store.rows(query, {**selection.parameters(), **told, "limit": limit}))


def _told(selection: Selection) -> dict[str, Any]:
    """The order of `conversation_counts` that reads the fewest rows, and where they lie in it."""
    for name, told in ("assigned_to", "holder"), ("assigned_by", "user"), ("source", "source"):
        if name in selection.given and not (told == "user" and selection.by_nobody):
            return {"told": told, "told_ids": list(selection.lists[name])}
    return {"told": "source"}


def _in_log(store: Store, selection: Selection, limit: int) -> Counted:
    query = log_statement("conversations", selection)
    return _counted(store.rows(query, {**selection.parameters(), "limit": limit}))


def _counted(rows: Sequence[Row]) -> Counted:
    return {row["conversation_hash"]: row["number"] for row in rows}


def _hands(store: Store, selection: Selection, counted: Counted) -> Hands:
    if not counted:
        return {}
    query = statement("hands", given=selection.given)
    rows = store.rows(query, {**selection.parameters(), "hashes": list(counted)})
    return {key: list(group) for key, group in groupby(rows, key=itemgetter("conversation_id"))}


def _names(store: Store, workspace: str, hands: Hands) -> dict[str, str]:
    ids = {
        row[name]
        for rows in hands.values()
        for row in rows
        for name in ("previous_assignee_id", "assigned_to_id")
    }
    found = names(store, workspace, Named.ASSIGNEE, ids - {""})
    return {identifier: found.get(identifier) or identifier or "-" for identifier in ids}


def _conversation(rows: Sequence[Row], holders: dict[str, str]) -> ConversationHands:
    last = rows[-1]
    moves = [(row["previous_assignee_id"], row["assigned_to_id"]) for row in rows]
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
