"""`make simulate`: many schedules, until one fails or the time is over."""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import click

from tests.simulation import installed, invariants, pending, plan, report, shrink
from tests.simulation.outcome import Case, Outcome, run

_COLLECT_EVERY = 20  # schedules; a collection in each takes a third of the time


@dataclass
class Tally:
    """What came of many schedules."""

    seconds: float = 0.0
    schedules: int = 0
    steps: int = 0
    happened: Counter[str] = field(default_factory=Counter)
    broken: list[Outcome] = field(default_factory=list)
    interrupted: bool = False

    def add(self, outcome: Outcome) -> None:
        """One more."""
        self.schedules += 1
        self.steps += outcome.world.steps
        self.happened += outcome.world.happened
        if outcome.broken is not None:
            self.broken.append(outcome)


@dataclass(frozen=True)
class Wish:
    """What to run, and for how long."""

    kinds: frozenset[str] | None
    without: frozenset[str]
    allowed: frozenset[str]
    schedules: int | None
    minutes: float
    go_on: bool

    def case(self, seed: int) -> Case:
        """The schedule of a seed."""
        return Case(seed, plan.kinds_of(seed, self.kinds, self.without), allowed=self.allowed)


def explore(wish: Wish, first: int, tell: report.Progress) -> Tally:
    """Run schedule after schedule from a first seed on; after Ctrl-C what was found stays."""
    tally, began = Tally(), installed.wall_clock()
    gc.disable()
    try:
        for seed in _seeds(first, wish.schedules):
            tally.add(run(wish.case(seed)))
            tally.seconds = installed.wall_clock() - began
            tell.progress(tally.schedules, tally.seconds, len(tally.broken), seed)
            if tally.broken and not wish.go_on:
                break
            if wish.schedules is None and tally.seconds > wish.minutes * 60:
                break
            if tally.schedules % _COLLECT_EVERY == 0:
                installed.collect()
    except KeyboardInterrupt:
        tally.interrupted = True
    finally:
        gc.enable()
    tell.clear()
    return tally


def _seeds(first: int, schedules: int | None) -> Iterator[int]:
    return iter(count(first) if schedules is None else range(first, first + schedules))


def _kinds(text: str | None) -> frozenset[str] | None:
    if not text:
        return None
    found = frozenset(filter(None, text.split(",")))
    if unknown := found - plan.KINDS.keys() - {"none"}:
        known = "\n  ".join(f"{kind:11} {what}" for kind, what in plan.KINDS.items())
        raise click.BadParameter(f"{', '.join(sorted(unknown))}: there are\n  {known}")
    return found - {"none"}


@click.command(epilog="Kinds of trouble: " + ", ".join(plan.KINDS) + ". See README.md beside it.")
@click.option("--seed", type=int, help="Run this one schedule, and show all of it.")
@click.option("--first", type=int, default=1, show_default=True, help="The first of many seeds.")
@click.option("--kinds", help="Kinds of trouble that every schedule has, with commas; none: none.")
@click.option("--without", default="", help="Kinds of trouble that no schedule has.")
@click.option("--minutes", type=float, default=1.0, show_default=True, help="For how long.")
@click.option("--schedules", type=int, help="How many, instead of for how long.")
@click.option("--pending", "all_of_it", is_flag=True, help="With what does not hold yet, too.")
@click.option("--go-on", is_flag=True, help="Go on after a failure, and list all of them.")
@click.option("--no-shrink", is_flag=True, help="Show a failure as it is.")
def main(
    seed: int | None, first: int, kinds: str | None, without: str, minutes: float,
    schedules: int | None, all_of_it: bool, go_on: bool, no_shrink: bool,
) -> None:  # fmt: skip
    """Run the product's own worker, sink and reader in a simulated world, on schedules of faults.

    Each seed is a schedule, and replays exactly. A failure is shown with its seed, the fewest
    faults and events that still lead to it, and what happened.
    """
    left_out = frozenset() if all_of_it or kinds else frozenset(pending.KINDS)
    wish = Wish(
        _kinds(kinds),
        (_kinds(without) or frozenset()) | left_out,
        frozenset() if all_of_it or seed is not None else frozenset(pending.INVARIANTS),
        schedules,
        minutes,
        go_on,
    )
    sys.exit(
        _one(wish.case(seed), no_shrink) if seed is not None else _many(wish, first, no_shrink)
    )


def _one(case: Case, no_shrink: bool) -> int:
    found = run(case)
    if found.broken is None:
        click.echo(report.trace(run(case, trace=True)))
        click.echo(f"seed {case.seed} ({report.kinds(case)}): everything holds")
        return 0
    _show(found, no_shrink)
    return 1


def _many(wish: Wish, first: int, no_shrink: bool) -> int:
    tally = explore(wish, first, report.Progress())
    if wish.go_on:
        for outcome in tally.broken:
            click.echo(f"seed {outcome.case.seed}: {str(outcome.broken)[:250]}")
    elif tally.broken:
        _show(tally.broken[0], no_shrink)
    click.echo(report.summary(tally.schedules, tally.seconds, tally.steps, tally.happened))
    click.echo(f"{len(tally.broken)} failed; {len(invariants.INVARIANTS) + 2} invariants")
    if tally.interrupted:
        click.echo("interrupted")
        return 130
    return 1 if tally.broken else 0


def _show(found: Outcome, no_shrink: bool) -> None:
    progress = report.Progress()
    best = found if no_shrink else shrink.smallest(found, progress.shrinking)
    progress.clear()
    traced = run(best.case if no_shrink else shrink.kept(best), trace=True)
    click.echo(report.failure(found, traced))
