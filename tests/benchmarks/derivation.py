"""Derivation events/s of one and of two workers against what one would write otherwise.

`python -m tests.benchmarks.derivation [--rounds N] [--events N]`
"""

from __future__ import annotations

import os

import click
from rich.console import Console

from tests.benchmarks import broker
from tests.benchmarks.baton_worker import BatonWorker
from tests.benchmarks.contender import Contender, Measured, measure
from tests.benchmarks.feed import hand_offs
from tests.benchmarks.others import PLAIN_LOOP, USUAL_FAUST
from tests.benchmarks.table import medians, ratios

TARGETS = {"Baton, 1 worker": 12, "Baton, 2 workers": 20}
_WARM_UP = 100_000


@click.command()
@click.option("--rounds", default=3, show_default=True)
@click.option("--events", default=400_000, show_default=True)
@click.option("--events-usual", default=20_000, show_default=True, help="Fewer, as it is slow.")
def derivation(rounds: int, events: int, events_usual: int) -> None:
    """Compare the worker with the usual Faust agent and with a plain loop, in turns."""
    console = Console()
    console.print(f"Making {events:,} events")
    feed, short = hand_offs(events), hand_offs(events_usual)
    turns: list[Contender] = [USUAL_FAUST, BatonWorker(1), BatonWorker(2), PLAIN_LOOP]
    measured: list[Measured] = []
    with broker.running() as kafka:
        measure(kafka, BatonWorker(1), hand_offs(min(_WARM_UP, events)))
        for number in range(rounds):
            for contender in turns:
                given = short if contender is USUAL_FAUST else feed
                one = measure(kafka, contender, given)
                measured.append(one)
                load = os.getloadavg()[0]
                console.print(
                    f"round {number + 1}: {one.contender}: {one.rate:,.0f} events/s"
                    f" (load {load:.1f} on {os.cpu_count()} cores)"
                )
    title = f"Derivation, {feed.mean_bytes:.0f}-byte events, {broker.PARTITIONS} partitions"
    console.print(ratios(title, measured, USUAL_FAUST.name))
    rates = medians(measured)
    for name, target in TARGETS.items():
        ratio = rates[name] / rates[USUAL_FAUST.name]
        verdict = "met" if ratio >= target else "[red]missed[/red]"
        console.print(f"{name}: {ratio:.1f} times the usual agent, at least {target}: {verdict}")


if __name__ == "__main__":
    derivation()
