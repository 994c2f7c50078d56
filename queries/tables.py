"""Which table answers, and which filters each knows: the one place that says so.

A table answers a question if it knows every filter that is set; the log knows them all. So a filter
that stands in `LOG` alone works in every answer, and none is ever left out unseen.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from producers.event import Source
from queries.selection import Selection
from queries.sql import filled, text
from queries.zones import in_quarters


@dataclass(frozen=True)
class Table:
    """Rows to answer from, read by a file in `sql/`."""

    file: str
    knows: Mapping[str, str]
    """Filter to the condition, on its columns, for the values of the parameter of that name."""

    quarters: bool = False
    """Whether it keeps quarters of an hour alone."""

    def answers(self, selection: Selection, edges: Collection[datetime] = ()) -> bool:
        """Whether it knows all filters, and where the period and parts of it begin."""
        ends = selection.eventful.start, selection.eventful.end
        fits = not self.quarters or in_quarters((*ends, *edges))
        return fits and selection.given <= self.knows.keys()

    def rows(self, selection: Selection) -> str:
        """The SQL for the rows that a selection means; it `answers` that."""
        conditions = [self.knows[name] for name in sorted(selection.given)]
        return filled(text(self.file), filters="\n  AND ".join(conditions) or "true")


_KIND = "if(empty(assigned_to_id), 'unassignment', 'assignment') IN {kind:Array(String)}"

LOG = Table(
    "selected",
    {
        "source": "source IN {source:Array(String)}",
        "assigned_to": "holder IN {assigned_to:Array(String)}",
        "assigned_by": "if(source = 'user', actor_id, '') IN {assigned_by:Array(String)}",
        "contact": "contact_id IN {contact:Array(String)}",
        "conversation": "conversation_id IN {conversation:Array(String)}",
        "previous": "previous_holder IN {previous:Array(String)}",
        "actor": "concat(source, ':', actor_id) IN {actor:Array(String)}",
        "team": "assigned_to_team_id IN {team:Array(String)}",
        "kind": _KIND,
        "holder_kind": "assigned_to_kind IN {holder_kind:Array(String)}",
        "hold": f"if({text('is_last')}, 'running', 'ended') IN {{hold:Array(String)}}",
    },
)
"""The assignments themselves: every filter stands here."""

SOURCE_COUNTS = Table(
    "tally_of_sources",
    {
        "source": "source IN {source:Array(String)}",
        "kind": "if(is_unassignment, 'unassignment', 'assignment') IN {kind:Array(String)}",
    },
    quarters=True,
)
"""How many there are by source in 15 minutes: charts of a whole year in milliseconds."""

ENDS = Table(
    "ends",
    {
        "source": "began_source IN {source:Array(String)}",
        "assigned_to": "previous_holder IN {assigned_to:Array(String)}",
        "assigned_by": "if(began_source = 'user', began_actor_id, '')"
        " IN {assigned_by:Array(String)}",
        "contact": "contact_id IN {contact:Array(String)}",
        "actor": "concat(began_source, ':', began_actor_id) IN {actor:Array(String)}",
        "team": "began_team_id IN {team:Array(String)}",
        "holder_kind": "previous_assignee_kind IN {holder_kind:Array(String)}",
        "kind": _KIND.replace("assigned_to_id", "previous_assignee_id"),
    },
)
"""Rows of the log as the ends of what assignments of the period began."""


LABELS = {"sources": [*Source], "labels": [source.label for source in Source]}
"""Parameters of `shown_rows`, beside those of the selection."""


def shown_rows(selection: Selection) -> dict[str, str]:
    """Subqueries, the last of which has what is selected as readers see it."""
    return {"selected": LOG.rows(selection), "shown": text("shown")}


def tally(selection: Selection, edges: Collection[datetime] = ()) -> dict[str, str]:
    """Subqueries, the last of which counts what is selected: `at`, `source`, `nobody`, `n`."""
    if SOURCE_COUNTS.answers(selection, edges):
        return {"tally": SOURCE_COUNTS.rows(selection)}
    return {"selected": LOG.rows(selection), "tally": text("tally_of_log")}
