"""Where the sinks of a generation stand, asked without joining their group."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from producers.kafka import Topics
from sink.group import Group
from sink.state import Intent, State, decode

_PATIENCE = 60.0
_EVERY = 0.05


def states(kafka: Mapping[str, str], topics: Topics) -> dict[int, State | None]:
    """What is remembered of each partition of the log; None where nothing is.

    Raises Unavailable, and ForeignState where something else than a sink has committed.
    """
    group = Group(kafka, topics)
    try:
        found = group.committed(group.partitions())
    finally:
        group.close()
    return {number: decode(at.offset, at.metadata) if at else None for number, at in found.items()}


def settled(found: Mapping[int, State | None]) -> dict[int, int] | None:
    """The offset of each partition up to which all is written, and nothing after it; None while an
    insert may have been begun."""
    if any(isinstance(state, Intent) for state in found.values()):
        return None
    return {number: state.offset if state else 0 for number, state in found.items()}


def hold_settled(
    hold: Callable[[], None], release: Callable[[], None], look: Callable[[], dict[int, int] | None]
) -> dict[int, int]:
    """Hold the sinks at a moment at which none has begun an insert; returns where they stand.

    An insert that was begun and is cut off by holding might be there or not, so that the sinks are
    let go on until it is done. Raises TimeoutError, everything released.
    """
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if look() is not None:
            hold()
            if (found := look()) is not None:
                return found
            release()
        time.sleep(_EVERY)
    raise TimeoutError(f"the sinks have begun an insert that did not end in {_PATIENCE:g} s")
