"""The table of a comparison: medians, spread, and ratios to one of them."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from rich.table import Table

from tests.benchmarks.contender import Measured


def medians(measured: Sequence[Measured]) -> dict[str, float]:
    """Median rate of each contender, in the order of their first measurement."""
    names = dict.fromkeys(one.contender for one in measured)
    return {name: median(_rates(measured, name)) for name in names}


def _rates(measured: Sequence[Measured], name: str) -> list[float]:
    return [one.rate for one in measured if one.contender == name]


def ratios(title: str, measured: Sequence[Measured], base: str) -> Table:
    """One line per contender: events, median events/s, all rounds, ratio to `base`."""
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for column in ("events", "events/s", "rounds", "ratio"):
        table.add_column(column, justify="right")
    rates = medians(measured)
    for name, rate in rates.items():
        events = next(one.events for one in measured if one.contender == name)
        rounds = " ".join(f"{one:,.0f}" for one in sorted(_rates(measured, name)))
        table.add_row(name, f"{events:,}", f"{rate:,.0f}", rounds, f"{rate / rates[base]:.2f}")
    return table
