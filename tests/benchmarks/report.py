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
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from importlib.resources import files
from itertools import cycle, product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from clickhouse_connect.driver.client import Client
from rich.console import Console
from rich.progress import track
from rich.table import Table

from deploy.local import environment, process, services
from deploy.local.home import Home, free_port
from queries import log
from queries.analyses import HeldBy, PassedBy, most_reassigned, time_held
from queries.choices import Choosable, choices
from queries.errors import TooSlow
from queries.filters import Filters
from queries.log import Sort
from queries.matrix import matrix
from queries.periods import Period
from queries.question import Question, ask
from queries.selection import before
from queries.store import ClickHouseStore
from queries.summary import summarize, trend
from sink import chain
from sink.clickhouse import Settings, connect, create_database, quoted, settings_from_url
from sink.migrate import migrate, migrations

DATABASE = "baton_bench_report"
YEAR = 2025
NOW = datetime(YEAR, 12, 31, 23, 59, 30, tzinfo=UTC)
SHARDS = 16
CONTACTS = 2_000_000
ENOUGH = 5.0
"""Seconds for one answer with one filter."""

SLOW = 1.0
"""Seconds from which on it does not matter what lies in memory."""

NO_FILTER = "none"
NEEDLES = ("jose", "José 12", "zoë", "ольга 9", "李雷", "lars 77", "1999", "amina 123456", "noé")


PERIODS: list[dict[str, Any]] = [
    *({"period": name} for name in Period),
    {"start": date(YEAR, 4, 17), "end": date(YEAR, 9, 28)},
    {"start": date(YEAR, 1, 1), "end": date(YEAR, 12, 31)},
]
Choose = Callable[[random.Random], list[str]]
FILTERS: list[dict[str, Choose]] = [
    {},
    {"source": lambda _: ["user", "workflow"]},
    {"assigned_to": lambda chance: [str(chance.randint(1, 200)), "-"]},
    {"assigned_by": lambda chance: [str(chance.randint(1, 200))]},
    {"contact": lambda chance: [str(chance.randrange(CONTACTS)) for _ in range(3)]},
    {"conversation": lambda chance: [f"{chance.randrange(CONTACTS)}-{chance.randrange(5)}"]},
]
EVENTS_PER_ASSIGNMENT = 1.04
"""Some events set the assignee that the contact has already."""


@contextmanager
def clickhouse(kept: Path | None) -> Iterator[Settings]:
    """The ClickHouse that is named, or a local one for the length of the benchmark."""
    if os.environ.get("CLICKHOUSE_URL"):
        yield replace(settings_from_url(), database=DATABASE)
        return
    with TemporaryDirectory() as directory:
        home = Home(kept.absolute() if kept else Path(directory))
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
    if not _rows(client):
        _fill(client, events)
    _merge(client)
    yield ClickHouseStore.from_environment(settings), client
    if not keep:
        client.command(f"DROP DATABASE {quoted(DATABASE)}")


def _rows(client: Client) -> int:
    return int(client.query("SELECT count() FROM assignment_log").result_rows[0][0])


def _fill(client: Client, events: int) -> None:
    client.command(_sql("raw_events"))
    for shard in track(range(SHARDS), "Filling", console=Console(stderr=True)):
        parameters = {"events": events, "contacts": CONTACTS, "shard": shard, "shards": SHARDS}
        client.command(_sql("fill_raw_events"), parameters=parameters)
        client.command(_sql("fill_landing"), parameters=parameters)


def _merge(client: Client) -> None:
    """As ClickHouse does by itself, in its own time."""
    settings = {"optimize_skip_merged_partitions": 1}
    for table in ("raw_events", *chain.tables()):
        client.command(f"OPTIMIZE TABLE {table} FINAL", settings=settings)


def _sql(name: str) -> str:
    return files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def questions(store: ClickHouseStore) -> Iterator[Question]:
    """What readers ask: each period with each filter once, in several zones."""
    chance = random.Random(1)
    for period, filters in product(PERIODS, FILTERS):
        chosen = {name: choose(chance) for name, choose in filters.items()}
        timezone = chance.choice(["UTC", "Asia/Kathmandu", "America/New_York"])
        given = Filters(workspace="1", timezone=timezone, **period, **chosen)
        yield ask(store, given, NOW)


def p95(seconds: list[float]) -> float:
    """The time that 95 of 100 answers stay under."""
    return statistics.quantiles(seconds, n=20, method="inclusive")[-1]


def timed(action: Callable[[], object]) -> float:
    """How long one call takes, in seconds; one that is given up counts, too."""
    start = time.perf_counter()
    with suppress(TooSlow):
        action()
    return time.perf_counter() - start


@dataclass(frozen=True)
class Answer:
    """Something that is answered, in how many milliseconds at most, and to which questions."""

    name: str
    target: int
    call: Callable[[Question], object]
    to: Callable[[Question], bool] = lambda question: True


def answers(store: ClickHouseStore, asked: list[Question]) -> list[Answer]:
    """All that page and API answer with."""
    needles, now = cycle(NEEDLES), NOW
    cursors = {id(one): log.page(store, one.selection, limit=1000, now=now).next for one in asked}
    return [
        Answer("counts and shares by source", 50, lambda one: summarize(store, one.selection)),
        Answer("trend", 50, lambda one: trend(store, one.selection)),
        Answer(
            "trend of the period before",
            50,
            lambda one: trend(store, before(one.filters, one.selection, now)),
        ),
        Answer("log, first page", 100, lambda one: log.page(store, one.selection, now=now)),
        Answer(
            "log, a later page",
            100,
            lambda one: log.page(store, one.selection, Sort.NEWEST, cursors[id(one)], now=now),
            lambda one: cursors[id(one)] is not None,
        ),
        Answer(
            "contact search",
            100,
            lambda _: choices(store, "1", Choosable.CONTACT, next(needles)),
        ),
        *(Answer(f"hand-offs by {by}", 50, partial(_matrix, store, by)) for by in PassedBy),
        *(Answer(f"time held by {by}", 50, partial(_held, store, by)) for by in HeldBy),
        Answer("most reassigned", 50, lambda one: most_reassigned(store, one.selection)),
    ]


def _matrix(store: ClickHouseStore, by: PassedBy, question: Question) -> object:
    return matrix(store, question.selection, by, 20)


def _held(store: ClickHouseStore, by: HeldBy, question: Question) -> object:
    return time_held(store, question.selection, NOW, by)


Times = dict[str, list[float]]
"""Seconds, by the filter that was set."""


def measure(wanted: list[Answer], asked: list[Question]) -> dict[str, Times]:
    """How long each answer took, by its name."""
    found = {}
    for answer in wanted:
        times = found[answer.name] = _measured(answer, asked)
        shown = (f"{name} {p95(some) * 1000:.0f}" for name, some in times.items())
        Console(stderr=True).print(f"{answer.name}: p95 in ms, by filter: {', '.join(shown)}")
    return found


def _measured(answer: Answer, asked: list[Question]) -> Times:
    """A filter that takes far too long is left after some questions: they say enough."""
    times: Times = {}
    for question in filter(answer.to, asked):
        taken = times.setdefault(next(iter(question.selection.given), NO_FILTER), [])
        if sum(taken) < ENOUGH:
            taken.append(_steady(partial(answer.call, question)))
    return times


def _steady(action: Callable[[], object]) -> float:
    """How long it takes when what it reads lies in memory."""
    first = timed(action)
    return first if first > SLOW else timed(action)


def baselines(store: ClickHouseStore) -> dict[str, float]:
    """Seconds of the same answers for 30 days, from raw events by window functions; after 20
    seconds, or where its memory does not suffice, an answer is given up."""
    span = {"start": NOW - timedelta(days=30), "end": NOW}
    names = {
        "counts and shares by source": "raw_by_source",
        "trend": "raw_trend",
        "log, first page": "raw_log",
        "contact search": "raw_contacts",
        "hand-offs by actor": "raw_handoffs",
        "time held by assignee": "raw_time_held",
    }
    return {name: timed(partial(store.rows, _sql(file), span)) for name, file in names.items()}


@click.command()
@click.option("--assignments", default=20_000_000, show_default=True, help="In one year.")
@click.option("--home", type=click.Path(path_type=Path), help="Keep the local ClickHouse here.")
@click.option("--keep", is_flag=True, help="Keep the database for the next run.")
@click.option("--only", type=click.Choice(["fill", "measure"]), help="Half of it; both keep it.")
def report(assignments: int, home: Path | None, keep: bool, only: str | None) -> None:
    """Time the answers of page and API, beside the same from raw events."""
    console = Console(width=150)
    events = int(assignments * EVENTS_PER_ASSIGNMENT)
    kept = keep or bool(home or only)
    with clickhouse(home) as settings, filled(settings, events, kept) as (store, client):
        console.print(f"{_rows(client):,} assignments in one workspace-year")
        if only != "fill":
            asked = list(questions(store))
            wanted = answers(store, asked)
            console.print(_table(wanted, measure(wanted, asked), baselines(store)))
            load = os.getloadavg()[0]
            console.print(f"load {load:.1f} on {os.cpu_count()} cores at the end")


def _table(wanted: list[Answer], measured: dict[str, Times], raw: dict[str, float]) -> Table:
    filters = [next(iter(one), NO_FILTER) for one in FILTERS]
    table = Table("answer, ms", "target", "median", "p95", title="p95 by filter on the right")
    for name in (*filters, "raw events", "ratio"):
        table.add_column(name.replace("_", " "), justify="right")
    for answer in wanted:
        name, times = answer.name, measured[answer.name]
        every = [one for some in times.values() for one in some]
        middle, there = statistics.median(every), raw.get(name)
        table.add_row(
            name,
            f"{answer.target}",
            f"{middle * 1000:.0f}",
            f"{p95(every) * 1000:.0f}",
            *(f"{p95(times[one]) * 1000:.0f}" if one in times else "" for one in filters),
            f"{there * 1000:,.0f}" if there else "",
            f"{there / middle:,.0f} x" if there else "",
        )
    return table


if __name__ == "__main__":
    report()
