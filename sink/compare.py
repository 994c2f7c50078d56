"""Whether two sets of tables say the same, per month and workspace."""

from __future__ import annotations

from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

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
_COUNTS = """
SELECT toYYYYMM(bucket) AS month, workspace_id, sum(n) AS rows,
    sum(cityHash64(bucket, source, assigned_to_id, actor_id, n)) AS digest
FROM (
    SELECT workspace_id, bucket, source, assigned_to_id, actor_id, sum(assignments) AS n
    FROM {database}.assignment_counts
    GROUP BY workspace_id, bucket, source, assigned_to_id, actor_id
    HAVING n != 0
)
GROUP BY month, workspace_id
"""
_SOURCES = """
SELECT toYYYYMM(bucket) AS month, workspace_id, sum(n) AS rows,
    sum(cityHash64(bucket, source, nobody, n)) AS digest
FROM (
    SELECT workspace_id, bucket, source, nobody, sum(assignments) AS n
    FROM {database}.source_counts
    GROUP BY workspace_id, bucket, source, nobody
    HAVING n != 0
)
GROUP BY month, workspace_id
"""
_CONTACTS = """
SELECT 0 AS month, workspace_id, sum(n) AS rows,
    sum(cityHash64(
        contact_id, occurred_at, source, actor_id, previous_assignee_id, assigned_to_id, n
    )) AS digest
FROM (
    SELECT workspace_id, contact_id, occurred_at, source, actor_id, previous_assignee_id,
        assigned_to_id, sum(assignments) AS n
    FROM {database}.contact_counts
    GROUP BY workspace_id, contact_id, occurred_at, source, actor_id, previous_assignee_id,
        assigned_to_id
    HAVING n != 0
)
GROUP BY workspace_id
"""
_HANDOFFS = """
SELECT toYYYYMM(starts) AS month, workspace_id,
    sumIf(n, passed_by = 'actor' AND grain = 'day') AS rows,
    sum(cityHash64(passed_by, grain, starts, source, from_id, to_id, n)) AS digest
FROM (
    SELECT workspace_id, passed_by, grain, starts, source, from_id, to_id, sum(assignments) AS n
    FROM {database}.handoff_counts
    GROUP BY workspace_id, passed_by, grain, starts, source, from_id, to_id
    HAVING n != 0
)
GROUP BY month, workspace_id
"""
_HOLDERS = """
SELECT toYYYYMM(starts) AS month, workspace_id,
    sumIf(n, told = 'source' AND grain = 'day') AS rows,
    sum(cityHash64(told, grain, starts, source, user_id, from_id, to_id, n)) AS digest
FROM (
    SELECT workspace_id, told, grain, starts, source, user_id, from_id, to_id,
        sum(assignments) AS n
    FROM {database}.holder_counts
    GROUP BY workspace_id, told, grain, starts, source, user_id, from_id, to_id
    HAVING n != 0
)
GROUP BY month, workspace_id
"""
_TOTALS = """
SELECT toYYYYMM(starts) AS month, workspace_id,
    sumIf(n, side = 'taker' AND grain = 'day') AS rows,
    sum(cityHash64(side, grain, starts, source, id, n)) AS digest
FROM (
    SELECT workspace_id, side, grain, starts, source, id, sum(assignments) AS n
    FROM {database}.handoff_totals
    GROUP BY workspace_id, side, grain, starts, source, id
    HAVING n != 0
)
GROUP BY month, workspace_id
"""
_HOLDS = """
SELECT toYYYYMM(starts) AS month, workspace_id, sumIf(n.1, told = 'each') AS rows,
    sum(cityHash64(told, grain, starts, source, user_id, holder_id, team_id, n)) AS digest
FROM (
    SELECT workspace_id, told, grain, starts, source, user_id, holder_id, team_id,
        (sum(assignments), sum(ended), sum(began_ms), sum(ended_ms)) AS n
    FROM {database}.hold_origins
    GROUP BY workspace_id, told, grain, starts, source, user_id, holder_id, team_id
    HAVING n != (0, 0, 0, 0)
)
GROUP BY month, workspace_id
"""
_CONVERSATIONS = """
SELECT toYYYYMM(bucket) AS month, workspace_id, sumIf(n, told = 'source') AS rows,
    sum(cityHash64(
        told, told_id, bucket, source, actor_id, previous_assignee_id, assigned_to_id,
        assigned_to_team_id, conversation_hash, n
    )) AS digest
FROM (
    SELECT workspace_id, told, told_id, bucket, source, actor_id, previous_assignee_id,
        assigned_to_id, assigned_to_team_id, conversation_hash, sum(assignments) AS n
    FROM {database}.conversation_counts
    GROUP BY workspace_id, told, told_id, bucket, source, actor_id, previous_assignee_id,
        assigned_to_id, assigned_to_team_id, conversation_hash
    HAVING n != 0
)
GROUP BY month, workspace_id
"""
_HANDS = """
SELECT 0 AS month, workspace_id, sum(hand.2) AS rows, sum(cityHash64(hand)) AS digest
FROM (
    SELECT workspace_id, (
            (conversation_hash, occurred_at, sequence, event_partition, event_offset,
            previous_assignee_id, conversation_id, contact_id, contact_name, source, actor_id,
            assigned_to_id, assigned_to_team_id),
            sum(assignments)) AS hand
    FROM {database}.conversation_hands
    GROUP BY workspace_id, conversation_hash, occurred_at, sequence, event_partition,
        event_offset, previous_assignee_id, conversation_id, contact_id, contact_name, source,
        actor_id, assigned_to_id, assigned_to_team_id
    HAVING hand.2 != 0
)
GROUP BY workspace_id
"""
_LIST = """
SELECT 0 AS month, workspace_id, sum(n) AS rows, sum(cityHash64({keys}, n, last)) AS digest
FROM (
    SELECT workspace_id, {keys}, sum(assignments) AS n, max(last_at) AS last
    FROM {{database}}.{table}
    GROUP BY workspace_id, {keys}
    HAVING n != 0
)
GROUP BY workspace_id
"""
_LISTS = {
    "filter_assignees": "assigned_to_id, assigned_to_name",
    "filter_contacts": "contact_id, contact_name, search_name",
    "filter_actors": "source, actor_id, actor_name",
    "filter_teams": "team_id, team_name",
}
DIGESTS = {
    "assignment_log": _LOG,
    "assignment_counts": _COUNTS,
    "source_counts": _SOURCES,
    "contact_counts": _CONTACTS,
    "handoff_counts": _HANDOFFS,
    "holder_counts": _HOLDERS,
    "handoff_totals": _TOTALS,
    "hold_origins": _HOLDS,
    "conversation_counts": _CONVERSATIONS,
    "conversation_hands": _HANDS,
    **{table: _LIST.format(table=table, keys=keys) for table, keys in _LISTS.items()},
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
