"""What 1 % of malformed messages costs the worker.

`python -m tests.benchmarks.malformed [--rounds N] [--events N]`
"""

from __future__ import annotations

import click
from rich.console import Console

from tests.benchmarks import broker
from tests.benchmarks.baton_worker import BatonWorker
from tests.benchmarks.contender import measure
from tests.benchmarks.feed import broken, hand_offs
from tests.benchmarks.table import medians, ratios

TARGET = 0.9
CLEAN, BROKEN = "no malformed messages", "1 % malformed messages"


@click.command()
@click.option("--rounds", default=3, show_default=True)
@click.option("--events", default=200_000, show_default=True)
def malformed(rounds: int, events: int) -> None:
    """Compare a clean feed with one of which every hundredth message is broken, in turns."""
    console = Console()
    feed = hand_offs(events)
    feeds = {CLEAN: feed, BROKEN: broken(feed, 100)}
    measured = []
    with broker.running() as kafka:
        measure(kafka, BatonWorker(1), feed)
        for _ in range(rounds):
            for label, given in feeds.items():
                measured.append(measure(kafka, BatonWorker(1, label), given))
    console.print(ratios("One worker, messages/s", measured, CLEAN))
    rates = medians(measured)
    verdict = "met" if rates[BROKEN] >= TARGET * rates[CLEAN] else "[red]missed[/red]"
    console.print(f"at least {TARGET} of the throughput: {verdict}")


if __name__ == "__main__":
    malformed()
