"""Making a failing schedule smaller: faults and events are taken out while it still fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.simulation.outcome import Case, Outcome, run

_TRIES = 400


def smallest(failed: Outcome, progress: Callable[[int, int], None] = lambda *_: None) -> Outcome:
    """The smallest that breaks the same invariant; `progress` gets its size, and the tries."""
    assert failed.broken is not None
    best, tries = failed, 0
    items = list(dict.fromkeys(failed.befell))
    size = max(1, len(items) // 2)
    while tries < _TRIES:
        smaller = None
        for start in range(0, len(items), size):
            left = items[:start] + items[start + size :]
            tries += 1
            tried = run(replace(failed.case, kept=frozenset(left)))
            if tried.broken is not None and tried.broken.name == failed.broken.name:
                smaller = tried
                break
            if tries >= _TRIES:
                break
        if smaller is not None:
            best = smaller
            items = list(dict.fromkeys(smaller.befell))
            size = max(1, min(size, len(items) // 2))
        elif size > 1:
            size = size // 2
        else:
            break
        progress(len(items), tries)
    return best


def kept(outcome: Outcome) -> Case:
    """The case, with only what befell in it."""
    return replace(outcome.case, kept=frozenset(outcome.befell))
