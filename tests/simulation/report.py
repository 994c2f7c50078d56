"""What a run says: progress, a failure as a person reads it, and a summary."""

from __future__ import annotations

import sys
from collections import Counter

import click

from tests.simulation import installed
from tests.simulation.outcome import Case, Outcome

_EVERY = 1.0  # seconds between two looks at a terminal
_LINES = 150  # of a trace, from its end; a whole one is seldom read


class Progress:
    """A line on a terminal that is written over; nothing elsewhere."""

    def __init__(self) -> None:
        self._due = 0.0
        self._shown = False

    def progress(self, schedules: int, seconds: float, broken: int, seed: int) -> None:
        """How far it is."""
        rate = schedules / seconds * 60 if seconds else 0
        self._say(f"{schedules:,} schedules, {rate:,.0f} a minute, {broken} failed, seed {seed}")

    def shrinking(self, size: int, tries: int) -> None:
        """How small it is."""
        self._say(f"making it smaller: {size} faults and events left after {tries} tries")

    def _say(self, text: str) -> None:
        now = installed.wall_clock()
        if now < self._due or not sys.stderr.isatty():
            return
        self._due, self._shown = now + _EVERY, True
        click.echo(f"\r\x1b[K{text}", err=True, nl=False)

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            click.echo("\r\x1b[K", err=True, nl=False)


def kinds(case: Case) -> str:
    """The kinds of trouble of a schedule."""
    return ", ".join(sorted(case.kinds)) or "no trouble"


def trace(outcome: Outcome) -> str:
    """What happened, line by line."""
    lines = outcome.world.trace or []
    shown = lines[-_LINES:]
    if len(lines) > len(shown):
        shown = [f"... {len(lines) - len(shown)} lines before", *shown]
    return "\n".join(shown)


def failure(found: Outcome, smallest: Outcome) -> str:
    """A failure: seed, the fewest faults and events that lead to it, and what happened."""
    case = found.case
    why = smallest.broken or found.broken
    events = list(dict.fromkeys(smallest.befell))
    listed = "\n".join(f"  - {each}" for each in events) or "  (none)"
    before = len(dict.fromkeys(found.befell))
    return f"""What happened (virtual seconds, process, what):

{trace(smallest)}

SEED {case.seed} FAILS: {why}

Kinds of trouble: {kinds(case)}
The fewest of its {before} faults and events that still lead to it, {len(events)}:
{listed}

Again: make simulate SEED={case.seed} KINDS={",".join(sorted(case.kinds)) or "none"}
"""


def summary(schedules: int, seconds: float, steps: int, happened: Counter[str]) -> str:
    """How many, how fast, and what befell."""
    rate = schedules / seconds * 60 if seconds else 0
    mean = steps / schedules if schedules else 0
    most = ", ".join(f"{number:,} x {what}" for what, number in happened.most_common(40))
    return (
        f"{schedules:,} schedules in {seconds:.1f} s ({rate:,.0f} a minute, {mean:,.0f} steps each)"
        f"\nthere were: {most}"
    )
