"""Whether two sets of tables say the same, per month and workspace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from clickhouse_connect.driver.client import Client

from producers.event import Source
from sink.clickhouse import quoted

WHOLE = 0
"""Stands for the month where a table is not divided into months."""

_SETTINGS = {"do_not_merge_across_partitions_select_final": 1}
_LOG = """
SELECT toYYYYMM(occurred_at) AS month, workspace_id, count() AS rows,
    sum(cityHash64(formatRow('RowBinary', *))) AS digest
FROM (SELECT * FROM {database}.assignment_log FINAL)
GROUP BY month, workspace_id
"""
_SUMMED = """
SELECT {month} AS month, workspace_id, sumIf(n.1, {counted}) AS rows,
    sum(cityHash64({keys}, n)) AS digest
FROM (
    SELECT workspace_id, {keys}, tuple({sums}) AS n
    FROM {{database}}.{table}
    GROUP BY workspace_id, {keys}
    HAVING {present}
)
GROUP BY month, workspace_id
"""


class Sums(NamedTuple):
    """A table of sums: what it adds up, and by which keys beside the workspace, as SQL."""

    keys: str
    starts: str = ""
    """Of these times its months are; empty: it is not divided into months."""
    counted: str = "true"
    """Such keys as count each assignment once."""
    sums: str = "sum(assignments)"
    present: str = "n.1 != 0"
    """What is left of rows that took each other back is not there."""

    def digest(self, table: str) -> str:
        """The query of its contents."""
        month = f"toYYYYMM({self.starts})" if self.starts else f"toUInt32({WHOLE})"
        return _SUMMED.format(table=table, month=month, **self._asdict())


_MOVE = "source, actor_id, previous_assignee_id, assigned_to_id"
_EVENT = "occurred_at, sequence, event_partition, event_offset"
_COUNTED_APART = list(Source)[:9]  # those that conversation_totals has a column for
_BY_SOURCE = ", ".join(f"sum(by_{source})" for source in _COUNTED_APART)
_DAY = "period BETWEEN 10000000 AND 99999999"
_LISTED = "sum(assignments), max(last_at)"
_SUMS = {
    "assignment_counts": Sums("bucket, source, assigned_to_id, actor_id", "bucket"),
    "source_counts": Sums("bucket, source, nobody", "bucket"),
    "contact_moves": Sums(f"contact_id, occurred_at, {_MOVE}, conversation_hash"),
    "conversation_counts": Sums(
        f"told, told_id, bucket, {_MOVE}, assigned_to_team_id, conversation_hash",
        "bucket",
        "told = 'source'",
    ),
    "conversation_moves": Sums(
        f"conversation_hash, {_EVENT}, conversation_id, contact_id, contact_name, {_MOVE},"
        " assigned_to_team_id"
    ),
    "conversation_totals": Sums(
        "conversation_hash",
        # Not when the first and the last were: of what was taken back only the topic knows.
        sums=f"sum(assignments), {_BY_SOURCE}, sum(to_nobody)",
    ),
    "handoff_pairs": Sums(
        "passed_by, period, source, from_id, to_id",
        counted=f"passed_by = 'actor' AND {_DAY}",
    ),
    "holder_pairs": Sums(
        "told, period, source, user_id, from_id, to_id",
        counted=f"told = 'source' AND {_DAY}",
    ),
    "handoff_sides": Sums("side, period, source, id", counted=f"side = 'taker' AND {_DAY}"),
    "hold_origins": Sums(
        "told, grain, starts, source, user_id, holder_id, team_id",
        "starts",
        "told = 'each'",
        "sum(assignments), sum(ended), sum(began_ms), sum(ended_ms)",
        "n != (0, 0, 0, 0)",
    ),
    "filter_assignees": Sums("assigned_to_id, assigned_to_name", sums=_LISTED),
    "filter_contacts": Sums("contact_id, contact_name, search_name", sums=_LISTED),
    "filter_actors": Sums("source, actor_id, actor_name", sums=_LISTED),
    "filter_teams": Sums("team_id, team_name", sums=_LISTED),
    "people": Sums("role, kind, id, name, folded", counted="role = 'contact'", sums=_LISTED),
}
DIGESTS = {
    "assignment_log": _LOG,
    **{table: sums.digest(table) for table, sums in _SUMS.items()},
}
"""Table to the query of its contents: month, workspace, rows, digest."""


@dataclass(frozen=True)
class Difference:
    """A month of a workspace in which a table is not what the log says."""

    table: str
    month: int
    workspace: str
    found: int
    expected: int

    def __str__(self) -> str:
        when = f"{self.month // 100}-{self.month % 100:02}, " if self.month else ""
        return (
            f"{self.table}, {when}workspace {self.workspace}: {self.found:,} there,"
            f" {self.expected:,} by assignment-log"
            + (" (same number, other contents)" if self.found == self.expected else "")
        )


def differences(client: Client, database: str, other: str) -> list[Difference]:
    """Where the tables of `database` are not what those of `other` are."""
    return [
        Difference(
            table, *place, found=found.get(place, _NONE)[0], expected=wanted.get(place, _NONE)[0]
        )
        for table in DIGESTS
        for found, wanted in [(_digests(client, database, table), _digests(client, other, table))]
        for place in sorted(found.keys() | wanted.keys())
        if found.get(place, _NONE) != wanted.get(place, _NONE)
    ]


_NONE = (0, 0)


def _digests(client: Client, database: str, table: str) -> dict[tuple[int, str], tuple[int, int]]:
    query = DIGESTS[table].format(database=quoted(database))
    rows = client.query(query, settings=_SETTINGS).result_rows
    return {(month, workspace): (count, digest) for month, workspace, count, digest in rows}
