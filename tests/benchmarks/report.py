"""How fast the report answers over 20 million assignments in one workspace-year.

Beside each figure stands the same answer computed at query time, by window functions over the raw
events: what one would do without Baton. Without `CLICKHOUSE_URL` a local ClickHouse is started and
ended; with it, the database is one of the benchmark's own, dropped at the end unless kept.

Filling takes minutes and disturbs what is measured after it, so the two can be had apart:

    python -m tests.benchmarks report --home /tmp/year --only fill
    python -m tests.benchmarks report --home /tmp/year --only measure
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from queries.errors import TooSlow
from queries.filters import Filters
from queries.periods import Period
from queries.question import ask
from queries.store import ClickHouseStore
from tests.benchmarks.report_mix import (
    FILTERS,
    NOW,
    Answer,
    Times,
    Wanted,
    answers,
    measure,
    p95,
    questions,
    timed,
)
from tests.benchmarks.report_year import clickhouse, filled, rows, sql

RAW = {
    "counts and shares by source": "raw_by_source",
    "trend": "raw_trend",
    "log, first page": "raw_log",
    "contact search": "raw_contacts",
    "hand-offs by actor": "raw_handoffs",
    "hand-offs by holder": "raw_holders",
    "time held by assignee": "raw_time_held",
    "most reassigned": "raw_conversations",
}
_REPEATS = 5


@dataclass(frozen=True)
class Ratio:
    """Seconds of one answer from raw events and from Baton: the last 30 days, no filter."""

    raw: float
    given_up: bool
    ours: float

    def __str__(self) -> str:
        return f"{'> ' if self.given_up else ''}{self.raw / self.ours:,.0f} x"


def ratios(store: ClickHouseStore, wanted: list[Answer]) -> dict[str, Ratio]:
    """By name of the answer; raw events are given up after 20 seconds, or 4 GB."""
    question = ask(store, Filters(workspace="1", timezone="UTC", period=Period.LAST_30_DAYS), NOW)
    span = {"start": NOW - timedelta(days=30), "end": NOW}
    one = Wanted("none", question, "José 12")
    return {
        answer.name: _ratio(
            partial(store.rows, sql(RAW[answer.name]), span), partial(answer.call, one)
        )
        for answer in wanted
        if answer.name in RAW
    }


def _ratio(raw: Callable[[], object], ours: Callable[[], object]) -> Ratio:
    start = time.perf_counter()
    try:
        raw()
        given_up = False
    except TooSlow:
        given_up = True
    taken = time.perf_counter() - start
    return Ratio(taken, given_up, statistics.median(timed(ours) for _ in range(_REPEATS)))


@click.command()
@click.option("--assignments", default=20_000_000, show_default=True, help="In one year.")
@click.option("--home", type=click.Path(path_type=Path), help="Keep the local ClickHouse here.")
@click.option("--keep", is_flag=True, help="Keep the database for the next run.")
@click.option("--only", type=click.Choice(["fill", "measure"]), help="Half of it; both keep it.")
@click.option("--answer", multiple=True, help="Only those with this in their name.")
def report(
    assignments: int, home: Path | None, keep: bool, only: str | None, answer: tuple[str, ...]
) -> None:
    """Time the answers of page and API, beside the same from raw events."""
    console = Console(width=150)
    kept = keep or bool(home or only)
    with clickhouse(home) as settings, filled(settings, assignments, kept) as (store, client):
        console.print(f"{rows(client):,} assignments in one workspace-year")
        if only != "fill":
            warming, counted = questions(store)
            wanted = [
                each for each in answers(store) if not answer or any(a in each.name for a in answer)
            ]
            measured = {each.name: measure(each, warming, counted) for each in wanted}
            console.print(_table(wanted, measured, ratios(store, wanted)))
            load = os.getloadavg()[0]
            console.print(f"load {load:.1f} on {os.cpu_count()} cores at the end")


def _table(wanted: list[Answer], measured: dict[str, Times], ratios: dict[str, Ratio]) -> Table:
    table = Table("answer, ms", "target", "median", "p95", title="p95 by filter on the right")
    for name in (*FILTERS, "raw events", "ratio"):
        table.add_column(name, justify="right")
    for answer in wanted:
        times, ratio = measured[answer.name], ratios.get(answer.name)
        every = [one for some in times.values() for one in some]
        if not every:
            continue
        table.add_row(
            answer.name,
            f"{answer.target}",
            f"{statistics.median(every) * 1000:.0f}",
            f"{p95(every) * 1000:.0f}",
            *(f"{p95(some) * 1000:.0f}" if some else "" for some in times.values()),
            f"{ratio.raw * 1000:,.0f}" if ratio else "",
            str(ratio) if ratio else "",
        )
    return table


if __name__ == "__main__":
    report()
