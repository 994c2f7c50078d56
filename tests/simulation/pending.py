"""What does not hold yet, each with its reason: schedules leave it out unless asked for it.

This list only ever gets shorter; once it is empty it goes.
"""

from __future__ import annotations

KINDS: dict[str, str] = {
    "anew": "a worker that runs goes on in a topic that was made anew and has grown past it",
}
"""Kinds of trouble."""

INVARIANTS: dict[str, str] = {}
"""Invariants, whatever the kinds."""
