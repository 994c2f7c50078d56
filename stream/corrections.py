"""Events that a producer has sent wrongly, and sends again: in a rebuild the right ones count.

Which events were corrected is a file of their ids, 16 bytes each, kept with the generation. Of
those only what carries the header is derived, so that the wrong ones, which came first, are as if
they had never been sent. The generation that saw the wrong ones keeps them: there, the right ones
are dead letters (`conflicting_repeat`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stream.dead_letters import Headers

HEADER = "correction"
"""Header of an event that stands for one with the same id that was wrong."""

SUPERSEDED = "superseded"
"""Outcome of a wrong event that is left out."""


@dataclass(frozen=True)
class Corrected:
    """The ids of the events that were corrected."""

    ids: frozenset[bytes] = frozenset()

    def supersedes(self, event_id: bytes, headers: Headers) -> bool:
        """Whether this event is a wrong one, for which the right one is there."""
        return event_id in self.ids and all(name != HEADER for name, _ in headers)

    @classmethod
    def read(cls, path: Path | None) -> Corrected:
        """From the file of a generation; none where it has none. Raises OSError."""
        if path is None:
            return cls()
        data = path.read_bytes()
        return cls(frozenset(data[at : at + 16] for at in range(0, len(data), 16)))
