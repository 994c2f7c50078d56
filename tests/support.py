"""What tests of several rooms need."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Seen = TypeVar("Seen")


def wait_for(condition: Callable[[], Seen], deadline: float = 30, every: float = 0.05) -> Seen:
    """Call `condition` until it gives something true, and return that.

    After `deadline` seconds it fails the test with what was seen last.
    """
    end = time.monotonic() + deadline
    while True:
        seen = condition()
        if seen:
            return seen
        if time.monotonic() > end:
            name = getattr(condition, "__name__", repr(condition))
            raise AssertionError(f"{name}: not within {deadline:g} s, last seen: {seen!r}")
        time.sleep(every)
