"""Where the sinks of a generation stand, asked without joining their group."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from producers.kafka import Topics
from sink.group import Group
from sink.state import Intent, State, decode

_PATIENCE = 60.0
_EVERY = 0.05


class Sinks:
    """The sinks of one generation, as their group remembers them."""

    def __init__(self, kafka: Mapping[str, str], topics: Topics) -> None:
        self._group = Group(kafka, topics)
        self._partitions = self._group.partitions()

    def states(self) -> dict[int, State | None]:
        """What is remembered of each partition of the log; None where nothing is.

        Raises Unavailable, and ForeignState where something else than a sink has committed.
        """
        found = self._group.committed(self._partitions)
        return {n: decode(at.offset, at.metadata) if at else None for n, at in found.items()}

    def settled(self) -> dict[int, int] | None:
        """See `settled`."""
        return settled(self.states())

    def topic_id(self) -> str:
        """Kafka's id of the log; raises Unavailable."""
        return self._group.topic_id()

    def close(self) -> None:
        """Let go of the connection."""
        self._group.close()


def settled(found: Mapping[int, State | None]) -> dict[int, int] | None:
    """The offset of each partition up to which all is written, and nothing after it; None while an
    insert may have been begun."""
    if any(isinstance(state, Intent) for state in found.values()):
        return None
    return {number: state.offset if state else 0 for number, state in found.items()}


def hold_settled(
    ask: Callable[[], None],
    hold: Callable[[], None],
    release: Callable[[], None],
    look: Callable[[], dict[int, int] | None],
) -> dict[int, int]:
    """Hold the sinks at a moment at which none has begun an insert; returns where they stand.

    They are asked to begin none, and held once none is open. A sink that was frozen right after it
    saw that nobody asked may begin one even so; then all are let go, for an insert that is cut off
    might be there or not. Raises TimeoutError; `release` is to be called then, too.
    """
    deadline = time.monotonic() + _PATIENCE
    ask()
    while time.monotonic() < deadline:
        if look() is not None:
            hold()
            if (found := look()) is not None:
                return found
            release()
            ask()
        time.sleep(_EVERY)
    raise TimeoutError(f"the sinks have begun an insert that did not end in {_PATIENCE:g} s")
