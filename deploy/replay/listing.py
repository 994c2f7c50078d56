"""The generations there are, for people and for programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from deploy.replay import lag
from deploy.replay.installation import Installation
from sink.clickhouse import quoted
from sink.generations import Generation, State
from sink.group import group_id


def show(there: Installation, as_json: bool, echo: Callable[[str], None]) -> None:
    """A line for each that is there."""
    found = [described(there, each) for each in there.known.values() if each.state != State.DROPPED]
    if as_json:
        echo(orjson.dumps(found).decode())
        return
    for each in found:
        echo(
            f"generation {each['generation']}: {each['state']}, {each['rows']:,} rows in"
            f" {each['database']}, horizon {each['horizon_days']:g} days;"
            f" {each['workers']} workers {each['worker_seconds']:.0f} s behind,"
            f" {each['sinks']} sinks {each['sink_seconds']:.0f} s behind"
        )


def described(there: Installation, each: Generation) -> dict[str, Any]:
    """One generation: where it lies, how much of it there is, how current it is."""
    its = there.topics(each.number)
    table = f"{quoted(each.database)}.assignment_log"
    rows = there.client.query(f"SELECT count() FROM {table} FINAL").result_rows[0][0]  # noqa: S608
    worker, sink = lag.worker(there.kafka, its), lag.sink(there.kafka, its)
    return {
        "generation": each.number,
        "state": str(each.state),
        "database": each.database,
        "rows": rows,
        "horizon_days": each.horizon_days,
        "horizon_events": each.horizon_events,
        "workers": lag.members(there.kafka, lag.worker_group(its)),
        "worker_seconds": max((one.seconds for one in worker), default=0.0),
        "sinks": lag.members(there.kafka, group_id(its)),
        "sink_seconds": max((one.seconds for one in sink), default=0.0),
    }
