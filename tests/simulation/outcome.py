"""Running one schedule, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.simulation.invariants import Broken
from tests.simulation.schedule import Schedule
from tests.simulation.world import World


@dataclass(frozen=True)
class Case:
    """What makes a schedule: a seed, kinds of trouble, and what was taken out of it."""

    seed: int
    kinds: frozenset[str]
    kept: frozenset[str] | None = None
    allowed: frozenset[str] = frozenset()  # invariants that need not hold


@dataclass
class Outcome:
    """What came of a schedule; `befell`: names of the faults and events there were."""

    case: Case
    world: World
    broken: Broken | None
    befell: list[str] = field(default_factory=list)


def run(case: Case, *, trace: bool = False) -> Outcome:
    """Run it."""
    world = World(case.seed, case.kinds, case.kept)
    if trace:
        world.trace = []
    broken = None
    try:
        Schedule(world).run(case.allowed)
    except Broken as found:
        broken = found
    return Outcome(case, world, broken, world.befell)
