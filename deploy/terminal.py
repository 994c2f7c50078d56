"""What the commands of this room print, and how they end."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

import click
from rich.console import Console
from rich.table import Table

from deploy.local.home import LOOPBACK, Home, StackError
from deploy.local.status import Row

ENDINGS = (signal.SIGTERM, signal.SIGHUP)
console = Console(highlight=False)


def tell(text: str) -> None:
    """One step that was taken."""
    console.print(text, markup=False)


@contextmanager
def told() -> Iterator[None]:
    """A StackError ends the command with its text alone."""
    try:
        yield
    except StackError as error:
        raise click.ClickException(str(error)) from None


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Being terminated, or losing the terminal, ends like Ctrl-C does: with everything undone."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in ENDINGS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_for_interrupt(text: str) -> None:
    """Say `text` and return on Ctrl-C."""
    tell(text)
    with suppress(KeyboardInterrupt):
        while True:
            signal.pause()


def print_status(home: Home, rows: list[Row]) -> None:
    """A table of what runs."""
    if not rows:
        tell(f"Nothing runs in {home.path}. Start it with: baton up")
        return
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
    console.print(table)


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
