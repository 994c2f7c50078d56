"""The report of today, growing while one looks: what the demo shows of the live feed."""

from __future__ import annotations

import time

from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table

from deploy.demo import SAMPLE, page
from deploy.local import process
from deploy.local.home import Home, StackError
from deploy.terminal import console
from producers.terminal import plain
from queries import answers, terminal, workspaces
from queries.filters import Filters
from queries.freshness import Pipeline, look
from queries.periods import Period, utc_now
from queries.pipeline import KafkaPipeline
from queries.question import Question, ask
from queries.store import ClickHouseStore
from queries.summary import summarize

EVERY = 1.0
"""Seconds between two looks."""


def watch(home: Home) -> None:
    """Show the report until interrupted; raises StackError if a part of Baton ends."""
    store, pipeline = ClickHouseStore.from_environment(), KafkaPipeline.from_environment()
    with Live(console=console, auto_refresh=False) as live:
        while True:
            live.update(_view(home, store, pipeline), refresh=True)
            for name in process.ended(home):
                raise StackError(f"{name} has ended; see {home.log(name)}")
            time.sleep(EVERY)


def _view(home: Home, store: ClickHouseStore, pipeline: Pipeline) -> RenderableType:
    freshness = look(pipeline)
    asked = [_today(store, name) for name in workspaces.known(store) if name != SAMPLE["workspace"]]
    if not asked:
        return "Waiting for the first events of the feed ..."
    reports = [answers.report(one, summarize(store, one.selection), freshness) for one in asked]
    first = reports[0]
    return Group(
        "",
        _totals(home, reports),
        "",
        plain(terminal.report_title(first)),
        terminal.report_bars(first),
        terminal.report_foot(first, asked[0].selection.tz),
    )


def _today(store: ClickHouseStore, workspace: str) -> Question:
    today = {"workspace": workspace, "period": Period.TODAY}
    return ask(store, Filters.model_validate(today), utc_now())


def _totals(home: Home, reports: list[answers.Report]) -> Table:
    table = Table(box=None, pad_edge=False, title="Today, live", title_justify="left")
    table.add_column("workspace")
    table.add_column("assignments", justify="right")
    table.add_column("page")
    for report in reports:
        question = {"workspace": report.workspace, "period": str(Period.TODAY)}
        table.add_row(plain(report.workspace), f"{report.total:,}", page(home, question))
    return table
