"""What `baton doctor` looks at in ClickHouse and on the disk."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator

from deploy.replay.findings import Finding, Level
from deploy.replay.installation import Installation
from sink import chain, checks, migrate
from sink.checks import UnsafeTarget
from sink.clickhouse import quoted
from sink.drift import drift
from sink.generations import Generation, State
from stream import live

SKEW = 5.0
LEAST_FREE = 0.1
"""Share of a disk that should be free: merges need room for what they write anew."""

_SETTINGS = {"do_not_merge_across_partitions_select_final": 1}
_LOG = """
SELECT toYYYYMM(occurred_at), workspace_id, count() FROM {table} FINAL GROUP BY ALL
"""
_COUNTS = """
SELECT toYYYYMM(bucket), workspace_id, sum(assignments) FROM {table} GROUP BY ALL
"""


def generations(there: Installation) -> Iterator[Finding]:
    """Exchanges and holds that were begun and not ended; others that are kept."""
    found = there.known
    for each in found.values():
        if each.state is State.EXCHANGING:
            yield Finding(
                "generations",
                Level.WRONG,
                f"the exchange to generation {each.number} was begun; sinks wait",
                f"baton replay exchange {each.number} --execute",
            )
        elif each.state != State.DROPPED and _held(there, each):
            yield Finding(
                "generations",
                Level.WRONG,
                f"sinks of generation {each.number} are held by an operation: it runs, or it was"
                " killed and has to be run again (`baton audit` says which)",
                "baton audit",
            )
    if chain.is_paused(there.client, there.address.database):
        yield Finding("pause", Level.WARNING, "the sinks are paused", "baton sink resume")


def announced(there: Installation) -> Iterator[Finding]:
    """Whether workers and pages are told the generation that is live."""
    now = there.live.number
    said = live.read(there.kafka, there.topics(now))
    if said != now:
        yield Finding(
            "generations",
            Level.WARNING,
            f"{now} is live, Kafka says {said}",
            f"baton replay exchange {now} --execute",
        )


def schema(there: Installation) -> Iterator[Finding]:
    """Whether the tables are those of this version."""
    try:
        missing = migrate.pending(migrate.migrations(), migrate.applied(there.client))
    except migrate.MigrationRefused as refused:
        yield Finding("schema", Level.WRONG, str(refused), "baton migrate --show")
        return
    for each in missing:
        yield Finding("schema", Level.WRONG, f"{each.name} is not applied", "baton migrate")
    if not missing and not _held(there, there.live):
        for text in drift(there.client, there.address, there.live, migrate.migrations()):
            yield Finding("schema", Level.WRONG, text, "baton migrate --show")


def _held(there: Installation, each: Generation) -> bool:
    place = there.client, each.database, each.landing
    return chain.is_held(*place) or chain.is_asked(*place)


def settings(there: Installation) -> Iterator[Finding]:
    """Whether ClickHouse would drop a repeated insert."""
    try:
        checks.check(there.client, there.live)
    except UnsafeTarget as unsafe:
        if not chain.is_held(there.client, there.live.database, there.live.landing):
            yield Finding("exactly once", Level.WRONG, str(unsafe), "baton migrate")


def sums(there: Installation) -> Iterator[Finding]:
    """Counts against log, per month and workspace, both at one moment."""
    database = there.live.database
    for _ in range(3):
        # Rows may arrive between the two: what differs for good differs three times.
        log, counts = (_by_month(there, sql, database, name) for sql, name in _PAIR)
        wrong = {
            place: (counts.get(place, 0), log.get(place, 0))
            for place in log.keys() | counts.keys()
            if counts.get(place, 0) != log.get(place, 0)
        }
        if not wrong:
            return
        time.sleep(1)
    for (month, workspace), (counted, logged) in sorted(wrong.items())[:20]:
        yield Finding(
            "counts against log",
            Level.WRONG,
            f"{month}, workspace {workspace}: {counted:,} counted, {logged:,} in the log",
            "baton reconcile",
        )


_PAIR = ((_LOG, "assignment_log"), (_COUNTS, "source_counts"))


def _by_month(
    there: Installation, sql: str, database: str, name: str
) -> dict[tuple[int, str], int]:
    query = sql.format(table=f"{quoted(database)}.{quoted(name)}")
    rows = there.client.query(query, settings=_SETTINGS).result_rows
    return {(month, workspace): count for month, workspace, count in rows if count}


def disks(there: Installation) -> Iterator[Finding]:
    """Room for what is to come, here and where ClickHouse keeps its tables."""
    found = [
        (str(name), free / total)
        for name, free, total in there.client.query(
            "SELECT name, free_space, total_space FROM system.disks WHERE total_space > 0"
        ).result_rows
    ]
    if there.home.path.exists():
        usage = shutil.disk_usage(there.home.path)
        found.append((str(there.home.path), usage.free / usage.total))
    for name, share in found:
        if share < LEAST_FREE:
            text = f"{name} has {share:.0%} left"
            yield Finding("disk", Level.WARNING, text, "baton replay list")


def clock(there: Installation) -> Iterator[Finding]:
    """Whether ClickHouse's clock is this machine's."""
    asked = time.time()
    now = there.client.query("SELECT toFloat64(now64(3))").result_rows[0][0]
    skew = now - (asked + time.time()) / 2
    if abs(skew) > SKEW:
        text = f"ClickHouse's clock is {skew:+.0f} s from this machine's"
        yield Finding("clock", Level.WARNING, text, "timedatectl status")
