"""What another generation says differently: by day and source, row by row, with examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clickhouse_connect.driver.client import Client

from deploy.replay import lag
from deploy.replay.installation import Installation
from sink.clickhouse import quoted
from sink.generations import Generation

EXAMPLES = 5
_SHOWN_DAYS = 40
_SETTINGS = {"do_not_merge_across_partitions_select_final": 1}
# Where an event lies and how often it was corrected is no part of what readers see.
_CONTENT = "* EXCEPT (version, is_deleted, event_partition, event_offset)"
# Only what both have: the newest events may still be on their way to one of them.
_BOTH_HAVE = "event_offset < {{cuts:Array(UInt64)}}[event_partition + 1]"
_NEWEST = "SELECT event_partition, max(event_offset) FROM {database}.assignment_log GROUP BY 1"
_BY_DAY = f"""
SELECT toDate(occurred_at) AS day, toString(source) AS source, count() AS rows,
    sum(cityHash64(formatRow('RowBinary', {_CONTENT}))) AS digest
FROM (SELECT * FROM {{database}}.assignment_log FINAL)
WHERE {_BOTH_HAVE}
GROUP BY day, source
"""  # noqa: S608
_SIDE = f"""
SELECT event_id, {{side}} AS side, occurred_at, toString(source) AS source, contact_id,
    assigned_to_id, previous_assignee_id, cityHash64(formatRow('RowBinary', {_CONTENT})) AS digest
FROM (SELECT * FROM {{database}}.assignment_log FINAL)
WHERE toDate(occurred_at) IN {{{{days:Array(Date)}}}} AND {_BOTH_HAVE}
"""  # noqa: S608
_ROWS = """
SELECT event_id, sumIf(1, side = 1) AS before, sumIf(1, side = 2) AS after,
    anyIf(digest, side = 1) AS was, anyIf(digest, side = 2) AS becomes,
    anyIf(source, side = 1) AS old_source, anyIf(source, side = 2) AS new_source,
    anyIf(assigned_to_id, side = 1) AS old_assignee,
    anyIf(assigned_to_id, side = 2) AS new_assignee,
    anyIf(previous_assignee_id, side = 1) AS old_previous,
    anyIf(previous_assignee_id, side = 2) AS new_previous,
    any(occurred_at) AS at, any(contact_id) AS contact
FROM ({old} UNION ALL {new})
GROUP BY event_id
HAVING was != becomes OR before != after
"""
_COUNTED = "SELECT countIf(after = 0), countIf(before = 0), countIf(before = after) FROM ({rows})"


@dataclass(frozen=True)
class DayDifference:
    """A day and source: how many rows each says; equal numbers with other contents count, too."""

    day: str
    source: str
    old: int
    new: int

    def __str__(self) -> str:
        return f"{self.day} {self.source}: {self.old:,} -> {self.new:,}"


@dataclass(frozen=True)
class Comparison:
    """All differences between two generations; `examples` are a few rows in words."""

    days: list[DayDifference] = field(default_factory=list)
    only_old: int = 0
    only_new: int = 0
    changed: int = 0
    examples: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """For people."""
        if not self.days:
            return ["both say the same, row by row"]
        more = len(self.days) - _SHOWN_DAYS
        return [
            f"{self.only_old:,} rows go, {self.only_new:,} come, {self.changed:,} change",
            *map(str, self.days[:_SHOWN_DAYS]),
            *([f"and {more:,} more days and sources"] if more > 0 else []),
            *(f"such as {example}" for example in self.examples),
        ]


def compare(there: Installation, one: Generation, other: Generation) -> Comparison:
    """The differences between the logs of two generations, as far as both have come; raises
    ClickHouse's and Kafka's errors."""
    cuts = up_to(_reached(there, one), _reached(there, other))
    client, old, new = there.client, one.database, other.database
    days = day_differences(_by_day(client, old, cuts), _by_day(client, new, cuts))
    if not days:
        return Comparison()
    asked = {"days": sorted({each.day for each in days}), "cuts": cuts}
    sides = [
        _SIDE.format(side=side, database=quoted(database))
        for side, database in ((1, old), (2, new))
    ]
    query = _ROWS.format(old=sides[0], new=sides[1])
    only_old, only_new, changed = client.query(
        _COUNTED.format(rows=query),
        parameters=asked,
        settings=_SETTINGS,
    ).result_rows[0]
    rows = client.query(
        f"{query} ORDER BY at LIMIT {EXAMPLES}", parameters=asked, settings=_SETTINGS
    ).named_results()
    return Comparison(days, only_old, only_new, changed, [example(row) for row in rows])


def day_differences(
    old: dict[tuple[str, str], tuple[int, int]], new: dict[tuple[str, str], tuple[int, int]]
) -> list[DayDifference]:
    """By day and source, from (rows, digest) of each; in the order of days."""
    nothing = (0, 0)
    return [
        DayDifference(*place, old.get(place, nothing)[0], new.get(place, nothing)[0])
        for place in sorted(old.keys() | new.keys())
        if old.get(place) != new.get(place)
    ]


def example(row: dict[str, Any]) -> str:
    """One row that differs, in words."""
    what = f"event {row['event_id']} of contact {row['contact']} at {row['at']}"
    if not row["after"]:
        return f"{what}: is no row any more"
    if not row["before"]:
        return f"{what}: becomes a row ({row['new_source']}, to {row['new_assignee'] or '-'})"
    changes = [
        f"{name} {row[f'old_{name}'] or '-'} -> {row[f'new_{name}'] or '-'}"
        for name in ("source", "assignee", "previous")
        if row[f"old_{name}"] != row[f"new_{name}"]
    ]
    return f"{what}: {', '.join(changes) or 'another detail'}"


def _reached(there: Installation, each: Generation) -> dict[int, int]:
    """The last event of each partition that a generation is known to have, with all before it."""
    query = _NEWEST.format(database=quoted(each.database))
    shown = {int(number): int(newest) for number, newest in there.client.query(query).result_rows}
    # An event that made no row shows in the watermark alone.
    written = lag.written(there.kafka, there.topics(each.number))
    return {n: max(shown.get(n, -1), written.get(n, -1)) for n in shown.keys() | written.keys()}


def up_to(one: Mapping[int, int], other: Mapping[int, int]) -> list[int]:
    """By partition, one more than the last event that both have."""
    count = max([*one, *other], default=-1) + 1
    return [min(one.get(n, -1), other.get(n, -1)) + 1 for n in range(count)]


def _by_day(
    client: Client, database: str, cuts: list[int]
) -> dict[tuple[str, str], tuple[int, int]]:
    query = _BY_DAY.format(database=quoted(database))
    rows = client.query(query, parameters={"cuts": cuts}, settings=_SETTINGS).result_rows
    return {(str(day), source): (count, digest) for day, source, count, digest in rows}
