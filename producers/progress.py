"""What is seen of sending while it goes on: a bar where the end is known, counts and speed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from producers.terminal import console as terminal_console

_SECONDS_BETWEEN = 0.1


@contextmanager
def progress(
    label: str, total: int | None, position: Callable[[int], int]
) -> Iterator[Callable[[int], None]]:
    """A progress line on standard error, where that is a terminal; yields what to call with the
    number of rows done. `position` says how far along of `total` that is."""
    console = terminal_console(stderr=True)
    bar = [BarColumn(), TaskProgressColumn(), TimeRemainingColumn()] if total else []
    columns = [
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        *bar,
        TimeElapsedColumn(),
    ]
    with Progress(*columns, console=console, disable=not console.is_terminal) as display:
        task = display.add_task(label, total=total)
        began = shown = time.monotonic()

        def advance(done: int) -> None:
            nonlocal shown
            now = time.monotonic()
            if now - shown < _SECONDS_BETWEEN:
                return
            shown = now
            speed = done / (now - began)
            display.update(
                task,
                description=f"{label}: {done:,} ({speed:,.0f}/s)",
                completed=position(done),
            )

        yield advance
