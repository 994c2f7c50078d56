"""What does not hold yet, each with its reason: schedules leave it out unless asked for it.

This list only ever gets shorter; once it is empty it goes.
"""

from __future__ import annotations

KINDS: dict[str, str] = {
    "marker": "rows are lost or doubled after a lost marker; 'complete to' is now while rows wait",
    "open": "a quiet worker ends itself; 'complete to' is now while a transaction is open",
    "anew": "a worker that runs goes on in a topic that was made anew and has grown past it",
}
"""Kinds of trouble."""

INVARIANTS: dict[str, str] = {
    "refuses with cause": "a partition that was another's meanwhile is gone on with",
}
"""Invariants, whatever the kinds."""
