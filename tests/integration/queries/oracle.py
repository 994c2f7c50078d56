"""The report computed the slow and obvious way, over the rows in memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime

from producers.event import Source
from queries.question import Question
from tests.histories import Row, holder, place, when

VALUE: dict[str, Callable[[Row], str]] = {
    "source": lambda row: row["source"],
    "assigned_to": holder,
    "assigned_by": lambda row: row["actor_id"] if row["source"] == "user" else "",
    "contact": lambda row: row["contact_id"],
    "conversation": lambda row: row["conversation_id"],
    "previous": lambda row: holder(row, "previous_assignee"),
    "actor": lambda row: f"{row['source']}:{row['actor_id']}",
    "holder_kind": lambda row: row["assigned_to_kind"],
    "team": lambda row: row["assigned_to_team_id"],
    "kind": lambda row: "assignment" if row["assigned_to_id"] else "unassignment",
}


def matching(rows: list[Row], question: Question) -> list[Row]:
    """The rows a question selects, newest first, as the log has them."""
    chosen = question.selection
    lists = dict(chosen.lists)
    hold = lists.pop("hold", ("running", "ended"))
    ends = held(rows, question.now) if len(hold) == 1 else {}
    found = [
        row
        for row in rows
        if chosen.span.start <= when(row) < chosen.span.end
        and all(VALUE[name](row) in wanted for name, wanted in lists.items())
        and (len(hold) == 2 or (ends[row["event_id"]][1] is None) == ("running" in hold))
    ]
    return sorted(found, key=lambda row: (when(row), row["contact_id"], place(row)), reverse=True)


def by_source(rows: list[Row]) -> dict[str, int]:
    """Counts of the sources that occur, in their fixed order."""
    counted = Counter(row["source"] for row in rows)
    return {source: counted[source] for source in Source if counted[source]}


def shown(row: Row) -> tuple[str, ...]:
    """The eight columns, times in UTC."""
    name = "actor_name" if row["actor_name"] else "actor_id"
    return (
        row["occurred_at"],
        row["conversation_id"],
        row["contact_id"],
        row["contact_name"],
        row["previous_assignee_name"] or "-",
        row["assigned_to_name"] or "-",
        Source(row["source"]).label,
        row[name] if row["source"] == "user" else "",
    )


def held(rows: list[Row], now: datetime) -> dict[str, tuple[datetime, datetime | None]]:
    """From when to when (None: still) each assignment lasted, by event id."""
    chains: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        chains[row["contact_id"]].append(row)
    found: dict[str, tuple[datetime, datetime | None]] = {}
    for chain in chains.values():
        chain.sort(key=place)
        ends = [*(when(row) for row in chain[1:]), None]
        for row, end in zip(chain, ends, strict=True):
            found[row["event_id"]] = (when(row), end)
    return found
