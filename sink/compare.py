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
# Rows that took each other back are not there, whether they were merged or not.
_SUMMED = """
SELECT {month} AS month, workspace_id, sum(n.1) AS rows, sum(cityHash64({keys}, n)) AS digest
FROM (
    SELECT workspace_id, {keys}, tuple({sums}) AS n
    FROM {{database}}.{table}
    GROUP BY workspace_id, {keys}
    HAVING n.1 != 0
)
GROUP BY month, workspace_id
"""
_PEOPLE = "role, kind, id, name, folded"
DIGESTS = {
    "assignment_log": _LOG,
    "source_counts": _SUMMED.format(
        month="toYYYYMM(bucket)",
        keys="bucket, source, is_unassignment",
        sums="sum(assignments)",
        table="source_counts",
    ),
    "people": _SUMMED.format(
        month=f"toUInt32({WHOLE})",
        keys=_PEOPLE,
        sums="sum(assignments), max(last_at)",
        table="people",
    ),
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
