"""The log that the real sample must become, computed by DuckDB straight from the CSV file.

It knows nothing of the mapping file, the contract or the worker: columns are read as text, put in
order, and compared with the row before them by `lag`.
"""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import duckdb

SAMPLE = Path(__file__).parents[2] / "producers" / "sample" / "incident_event_log.csv.gz"
ASSIGNMENTS, UNASSIGNMENTS = 1014, 95
_SQL = Path(__file__).with_name("sample.sql").read_text(encoding="utf-8")


class Assignment(NamedTuple):
    """One row of the log; '' stands for nobody and for no team, as it does in ClickHouse."""

    contact_id: str
    occurred_at: datetime
    sequence: int
    contact_name: str
    assigned_to_id: str
    assigned_to_team_id: str
    previous_assignee_id: str
    previous_assignee_team_id: str
    previous_since: datetime | None
    source: str
    actor_id: str
    began_source: str
    began_actor_id: str
    began_team_id: str


@functools.cache
def assignments() -> tuple[Assignment, ...]:
    """The whole log, ordered by contact, time and sequence; times in UTC. Names are the ids (the
    file has no others), the conversation is the contact, the workspace `service-desk`."""
    with duckdb.connect() as database:
        rows = database.execute(_SQL, {"file": str(SAMPLE)}).fetchall()
    return tuple(_with_zone(Assignment(*row)) for row in rows)


def _with_zone(row: Assignment) -> Assignment:
    since = row.previous_since
    return row._replace(
        occurred_at=row.occurred_at.replace(tzinfo=UTC),
        previous_since=since and since.replace(tzinfo=UTC),
    )
