"""How fast the report answers over 20 million assignments in one workspace-year.

Beside each figure stands the same answer computed at query time, by window functions over the raw
events: what one would do without Baton. Without `CLICKHOUSE_URL` a local ClickHouse is started and
ended; with it, the database is one of the benchmark's own, dropped at the end unless kept.

    python -m tests.benchmarks.report [--assignments 20000000] [--keep]
"""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from importlib.resources import files
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from clickhouse_connect.driver.client import Client
from rich.console import Console
from rich.table import Table

from deploy.local import environment, process, services
from deploy.local.home import Home, free_port
from queries import log
from queries.analyses import PassedBy, most_reassigned, time_held
from queries.choices import Choosable, choices
from queries.filters import Filters
from queries.log import Sort
from queries.matrix import matrix
from queries.question import Question, ask
from queries.selection import before
from queries.store import ClickHouseStore
from queries.summary import summarize, trend
from sink import chain
from sink.clickhouse import Settings, connect, create_database, quoted, settings_from_url
from sink.migrate import migrate, migrations

DATABASE = "baton_bench_report"
YEAR = 2025
NOW = datetime(YEAR, 12, 31, 18, 30, tzinfo=UTC)
SHARDS = 16
CONTACTS = 2_000_000
ROUNDS = 40
MONTH = timedelta(days=32)
NEEDLES = ("jose", "José 12", "zoë", "ольга 9", "李雷", "lars 77", "1999", "amina 123456", "noé")


EVENTS_PER_ASSIGNMENT = 1.04
"""Some events set the assignee that the contact has already."""


@contextmanager
def clickhouse() -> Iterator[Settings]:
    """The ClickHouse that is named, or a local one for the length of the benchmark."""
    if os.environ.get("CLICKHOUSE_URL"):
        yield replace(settings_from_url(), database=DATABASE)
        return
    with TemporaryDirectory() as directory:
        home = Home(Path(directory))
        running = services.start_clickhouse(home, free_port())
        try:
            url = environment.addresses(home)[environment.CLICKHOUSE]
            yield replace(settings_from_url({"CLICKHOUSE_URL": url}), database=DATABASE)
        finally:
            process.stop(home, running)


@contextmanager
def filled(settings: Settings, events: int, keep: bool) -> Iterator[tuple[ClickHouseStore, Client]]:
    """A database with raw events and all that Baton makes of them."""
    create_database(settings)
    client = connect(settings, timeout=3600)
    for _ in migrate(client, migrations()):
        pass
    if not client.query("SELECT count() FROM assignment_log").result_rows[0][0]:
        _fill(client, events)
    yield ClickHouseStore.from_environment(settings), client
    if not keep:
        client.command(f"DROP DATABASE {quoted(DATABASE)}")


def _fill(client: Client, events: int) -> None:
    client.command(_sql("raw_events"))
    for shard in range(SHARDS):
        parameters = {"events": events, "contacts": CONTACTS, "shard": shard, "shards": SHARDS}
        client.command(_sql("fill_raw_events"), parameters=parameters)
        client.command(_sql("fill_landing"), parameters=parameters)
    for table in ("raw_events", *chain.tables()):
        client.command(f"OPTIMIZE TABLE {table} FINAL", settings={"max_execution_time": 3600})


def _sql(name: str) -> str:
    return files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def questions(store: ClickHouseStore, chance: random.Random) -> Iterator[Question]:
    """What readers ask: every preset, ranges up to the year, in several zones, some filtered."""
    periods = ["today", "yesterday", "7d", "14d", "30d", "this_month", "last_month"]
    for number in range(ROUNDS):
        given: dict[str, object] = {"period": periods[number % len(periods)]}
        if number % 8 == 7:
            start = date(YEAR, 1, 1) + timedelta(days=chance.randint(0, 200))
            given = {"start": start, "end": min(date(YEAR, 12, 31), start + timedelta(days=164))}
        if number % 8 == 3:
            given = {"start": date(YEAR, 1, 1), "end": date(YEAR, 12, 31)}
        if number % 5 == 4:
            given["assigned_to"] = [str(chance.randint(1, 200)), "-"]
        if number % 5 == 2:
            given["source"] = ["user", "workflow"]
        given["timezone"] = chance.choice(["UTC", "Asia/Kathmandu", "America/New_York"])
        yield ask(store, Filters(workspace="1", **given), NOW)


def p95(seconds: list[float]) -> float:
    """The time that 95 of 100 answers stay under."""
    return statistics.quantiles(seconds, n=20)[-1]


def timed(action: Callable[[], object]) -> float:
    """How long one call takes, in seconds."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def measure(store: ClickHouseStore) -> dict[str, list[float]]:
    """Seconds of every answer, by what was asked."""
    chance = random.Random(1)
    asked = list(questions(store, chance))
    found: dict[str, list[float]] = {}

    def each(
        name: str, answer: Callable[[Question], object], questions: list[Question] = asked
    ) -> None:
        answer(questions[0])
        found[name] = [timed(partial(answer, one)) for one in questions]
        Console(stderr=True).print(f"{name}: p95 {p95(found[name]) * 1000:.0f} ms")

    each("counts and shares by source", lambda one: summarize(store, one.selection))
    each("trend", lambda one: trend(store, one.selection))
    each(
        "trend of the period before",
        lambda one: trend(store, before(one.filters, one.selection, NOW)),
    )
    each("log, first page", lambda one: log.page(store, one.selection))
    cursors = [log.page(store, one.selection, limit=1000).next for one in asked]
    pages = iter(cursors)
    each(
        "log, a later page",
        lambda one: log.page(store, one.selection, Sort.NEWEST, next(pages, None)),
    )
    needles = cycle(NEEDLES)
    each("contact search", lambda one: choices(store, "1", Choosable.CONTACT, next(needles)))
    matrices = lambda one: matrix(store, one.selection, PassedBy.ACTOR, 20)  # noqa: E731
    each("hand-offs by actor", matrices)
    matrices = lambda one: matrix(store, one.selection, PassedBy.HOLDER, 20)  # noqa: E731
    plain = [one for one in asked if not one.selection.lists.get("source")]
    each("hand-offs by holder", matrices, plain)
    held = lambda one: time_held(store, one.selection, NOW)  # noqa: E731
    each("time held", held, plain)
    short = [one for one in asked if one.selection.span.end - one.selection.span.start <= MONTH]
    by_source = [one for one in short if one.selection.lists.get("source")]
    each("time held by source, up to a month", held, by_source)
    each("most reassigned, up to a month", lambda one: most_reassigned(store, one.selection), short)
    return found


def baselines(client: Client) -> dict[str, float]:
    """Seconds of the same answers for 30 days, from raw events by window functions."""
    span = {"start": NOW - timedelta(days=30), "end": NOW}
    names = {
        "counts and shares by source": "raw_by_source",
        "trend": "raw_trend",
        "log, first page": "raw_log",
        "contact search": "raw_contacts",
        "hand-offs by actor": "raw_handoffs",
        "time held": "raw_time_held",
    }
    return {name: timed(partial(client.query, _sql(file), span)) for name, file in names.items()}


@click.command()
@click.option("--assignments", default=20_000_000, show_default=True, help="In one year.")
@click.option("--keep", is_flag=True, help="Keep the database for the next run.")
def report(assignments: int, keep: bool) -> None:
    """Time the answers of page and API, beside the same from raw events."""
    console = Console()
    events = int(assignments * EVENTS_PER_ASSIGNMENT)
    with clickhouse() as settings, filled(settings, events, keep) as (store, client):
        rows = client.query("SELECT count() FROM assignment_log").result_rows[0][0]
        measured, raw = measure(store), baselines(client)
        console.print(f"{rows:,} assignments in one workspace-year")
        console.print(_table(measured, raw))
        load = os.getloadavg()[0]
        console.print(f"load {load:.1f} on {os.cpu_count()} cores at the end")


def _table(measured: dict[str, list[float]], raw: dict[str, float]) -> Table:
    table = Table("answer", "median ms", "p95 ms", "from raw events ms", "ratio of medians")
    for name, seconds in measured.items():
        middle, there = statistics.median(seconds), raw.get(name)
        table.add_row(
            name,
            f"{middle * 1000:.0f}",
            f"{p95(seconds) * 1000:.0f}",
            f"{there * 1000:,.0f}" if there else "",
            f"{there / middle:,.0f} x" if there else "",
        )
    return table


if __name__ == "__main__":
    report()
