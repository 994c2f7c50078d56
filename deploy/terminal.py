"""What the commands of this room print, and how they end."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from zoneinfo import ZoneInfo

import click
from rich.table import Table

from deploy.local.home import LOOPBACK, Home, StackError
from deploy.local.statements import Statement
from deploy.local.status import Row, confinement, standing_still, users_file
from producers import terminal
from queries.freshness import Freshness
from queries.terminal import completeness

console = terminal.console()


def tell(text: str) -> None:
    """One step that was taken."""
    terminal.say_lines(text)


@contextmanager
def told() -> Iterator[None]:
    """A StackError ends the command with its text alone."""
    try:
        yield
    except StackError as error:
        raise click.ClickException(str(error)) from None


def wait_for_interrupt(text: str) -> None:
    """Say `text` and return on Ctrl-C."""
    tell(text)
    with suppress(KeyboardInterrupt):
        while True:
            signal.pause()


def print_status(
    home: Home,
    rows: list[Row],
    statements: list[Statement],
    ended: list[str],
    freshness: Freshness,
) -> None:
    """A table of what runs, and what should."""
    if not rows:
        tell(f"Nothing runs in {home.path}. Start it with: baton up")
    else:
        console.print(_table(home, rows))
        tell(completeness(freshness, ZoneInfo("UTC")))
    if users := users_file(home, rows):
        tell(f"ClickHouse's users and their passwords: {users}")
        tell(f"ClickHouse is {confinement(rows)}; its user `bi` reads all workspaces (baton bi)")
    for statement in statements:
        tell(f"clickhouse, for {statement.seconds:.1f} s: {terminal.plain(statement.query)}")
    for problem in standing_still(rows):
        tell(problem)
    for name in ended:
        tell(f"{name} has ended by itself; see: baton logs {name}")


def _table(home: Home, rows: list[Row]) -> Table:
    table = Table(title=str(home.path), title_justify="left", box=None, pad_edge=False)
    for name in ("name", "address", "version", "pid"):
        table.add_column(name)
    for name in ("up", "memory", "data"):
        table.add_column(name, justify="right")
    for row in rows:
        at = ", ".join(f"{LOOPBACK}:{port}" for port in row.ports.values())
        table.add_row(
            row.name,
            at,
            row.version,
            str(row.pid),
            duration(row.uptime),
            size(row.memory),
            size(row.data),
        )
    return table


def duration(seconds: float) -> str:
    """Such as "3 h 5 min"."""
    minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86400)
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {int(seconds) % 60} s" if minutes else f"{int(seconds)} s"


def size(count: int) -> str:
    """Bytes, such as "343 MB"; nothing for none."""
    if not count:
        return ""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count //= 1000
    return f"{count} GB"
