"""Hand-offs: how often who or what passed contacts to whom. Unassignments are none."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, Field

from queries.choices import source_label
from queries.filters import Narrowing, encode_id
from queries.names import Named, names
from queries.selection import Selection
from queries.sql import statement, text
from queries.store import Store
from queries.tables import LOG


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
    rows = store.rows(
        statement("handoffs", **moves(selection)),
        {**selection.parameters(), "by": by, "limit": limit},
    )
    pairs = [(by.joined(row["passing"], row["giver"]), row["taker"]) for row in rows]
    givers = names(store, selection.workspace, by.named, (giver for giver, _ in pairs))
    takers = names(store, selection.workspace, Named.ASSIGNEE, (taker for _, taker in pairs))
    return [
        Handoff(
            from_name=from_name(giver, givers[giver], by),
            to_name=takers[taker] or taker,
            count=row["handoffs"],
            rows={by.filter: [encode_id(giver)], "assigned_to": [encode_id(taker)]},
        )
        for row, (giver, taker) in zip(rows, pairs, strict=True)
    ]


def moves(selection: Selection) -> dict[str, str]:
    """Subqueries, the last of which says who or what passed each contact to whom."""
    return {"selected": LOG.rows(selection), "moves": text("moves")}


def from_name(identifier: str, name: str, by: PassedBy) -> str:
    """What readers see of who or what passed on."""
    if by is PassedBy.HOLDER:
        return name or identifier or "-"
    source, actor = by.parted(identifier)
    return name or actor or source_label(source)
