"""Hand-offs: how often who or what passed contacts to whom.

Quarters of an hour, days and months are added up in ClickHouse as rows arrive. What a question asks
for beyond them is counted from the log. Unassignments are no hand-offs.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field

from queries.choices import source_label
from queries.filters import Kind, Narrowing, encode_id
from queries.names import Named, names
from queries.selection import Selection
from queries.sql import statement
from queries.store import Store
from queries.together import Asked


class PassedBy(StrEnum):
    """Whom a hand-off is told of: who or what acted, or who held the contact before."""

    ACTOR = "actor"
    HOLDER = "holder"

    @property
    def filter(self) -> str:
        """The filter that selects one of them."""
        return "previous" if self is PassedBy.HOLDER else "actor"

    @property
    def named(self) -> Named:
        """Whose names they have."""
        return Named.ASSIGNEE if self is PassedBy.HOLDER else Named.ACTOR

    def joined(self, source: str, identifier: str) -> str:
        """What names one of them: ids of actors are told apart by source, holders have none."""
        return identifier if self is PassedBy.HOLDER else f"{source}:{identifier}"

    def parted(self, joined: str) -> tuple[str, str]:
        """The reverse of `joined`."""
        source, _, identifier = joined.partition(":")
        return ("", joined) if self is PassedBy.HOLDER else (source, identifier)


class Handoff(BaseModel):
    """How often one passed contacts to another."""

    from_name: str
    to_name: str
    count: int
    rows: Narrowing = Field(description="Filters that select what is counted.")


def handoffs(
    store: Store, selection: Selection, by: PassedBy = PassedBy.ACTOR, limit: int = 1000
) -> list[Handoff]:
    """The most frequent hand-offs to somebody."""
    parts = moves(selection, by)
    if not parts:
        return []
    rows = store.rows(
        statement("handoffs", *_whole(parts), given=selection.given),
        {**selection.parameters(), "by": by, "limit": limit},
    )
    givers = names(store, selection.workspace, by.named, (row["from_id"] for row in rows))
    takers = names(store, selection.workspace, Named.ASSIGNEE, (row["to_id"] for row in rows))
    return [
        Handoff(
            from_name=from_name(row["from_id"], givers[row["from_id"]], by),
            to_name=takers[row["to_id"]] or row["to_id"],
            count=row["handoffs"],
            rows={by.filter: [encode_id(row["from_id"])], "assigned_to": [encode_id(row["to_id"])]},
        )
        for row in rows
    ]


def from_name(identifier: str, name: str, by: PassedBy) -> str:
    """What readers see of who or what passed on."""
    if by is PassedBy.HOLDER:
        return name or identifier or "-"
    source, actor = by.parted(identifier)
    return name or actor or source_label(source)


Moves = tuple[str, ...]
"""Subqueries, the last of which says what passed from whom to whom, how often: `passing`, `giver`,
`taker`, `n`."""

# Which sums know which filters.
_SUMMED: dict[PassedBy, dict[str, set[str]]] = {
    PassedBy.ACTOR: {
        "moves_of_pairs": {"source", "actor", "assigned_by", "assigned_to", "kind"},
    },
    PassedBy.HOLDER: {
        "moves_of_pairs": {"previous", "assigned_to", "kind"},
        "moves_of_holders": {"source", "assigned_by", "previous", "assigned_to", "kind"},
    },
}


def moves(selection: Selection, by: PassedBy) -> list[Moves]:
    """What has to be added up: sums where they can answer."""
    if not _any(selection):
        return []
    if selection.in_histories:
        return [(selection.history, "moves_of_histories")]
    counts = _counts(selection, by)
    if counts is None:
        return [("selected", "moves_of_log")]
    if selection.whole_quarters:
        return [(counts,)]
    around: Moves = ("ends_of_log",)
    return [(counts,), around] if selection.has_utc_days else [around]


def _any(selection: Selection) -> bool:
    """Whether assignments to somebody are asked for."""
    somebody = set(selection.lists.get("assigned_to", ())) != {""}
    return somebody and Kind.ASSIGNMENT in selection.lists.get("kind", (Kind.ASSIGNMENT,))


def asked(
    name: str, part: Moves, selection: Selection, by: PassedBy, more: Mapping[str, Any]
) -> Asked:
    """The statement of this name over one part of the moves; `more` are its own parameters."""
    query = statement(name, *part[:-1], f"moves={part[-1]}", given=selection.given)
    return query, {**selection.parameters(), "by": by, **more}


def _whole(parts: list[Moves]) -> list[str]:
    """The subqueries that put the parts together, as `moves`."""
    if len(parts) == 1:
        return [*parts[0][:-1], f"moves={parts[0][-1]}"]
    days, around = parts
    return [f"moves_of_days={days[-1]}", f"moves_at_ends={around[-1]}", "moves=moves_with_ends"]


def _counts(selection: Selection, by: PassedBy) -> str | None:
    for counts, known in _SUMMED[by].items():
        # Of holders, what was assigned is told apart by its user.
        nobody = counts == "moves_of_holders" and selection.by_nobody
        if selection.given <= known and not nobody:
            return counts
    return None
