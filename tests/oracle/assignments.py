"""What the Assignments log must be: sort everything, then look one row back.

Slow and obvious, and knows nothing of how `stream` does it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Said:
    """One event as it stands on the wire, at its offset."""

    offset: int
    event_id: str
    occurred_at: datetime
    sequence: int | None
    assigns: bool
    assigned_to: tuple[str, str] | None = None
    content: str = ""

    @property
    def order(self) -> tuple[datetime, int, int]:
        return self.occurred_at, -(2**63) if self.sequence is None else self.sequence, self.offset


@dataclass
class Expected:
    """The log (event id to previous assignee and since when) and what was refused, by offset."""

    log: dict[str, tuple[tuple[str, str] | None, datetime | None]] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)


def expected(arrivals: list[Said], horizon: timedelta, most: int) -> Expected:
    """The log of one contact whose events arrived in this order."""
    result = Expected()
    accepted: list[Said] = []
    floor = None
    for event in arrivals:
        twins = [other for other in accepted if other.event_id == event.event_id]
        newest = max((other.occurred_at for other in accepted), default=event.occurred_at)
        if twins:
            if _content(twins[0]) != _content(event):
                result.refused[event.offset] = "conflicting_repeat"
            continue
        if event.occurred_at < newest - horizon or (floor is not None and event.order < floor):
            result.refused[event.offset] = "older_than_horizon"
            continue
        accepted.append(event)
        newest = max(newest, event.occurred_at)
        chain = sorted(other.order for other in accepted if other.assigns)
        within = [order for order in chain if floor is None or order > floor]
        while within and (len(within) > most or within[0][0] < newest - horizon):
            floor = within.pop(0)
    result.log = _log(sorted((e for e in accepted if e.assigns), key=lambda e: e.order))
    return result


def _content(event: Said) -> tuple[object, ...]:
    return (
        event.occurred_at,
        event.sequence,
        event.assigns,
        event.assigned_to,
        event.content,
    )


def _log(chain: list[Said]) -> dict[str, tuple[tuple[str, str] | None, datetime | None]]:
    log: dict[str, tuple[tuple[str, str] | None, datetime | None]] = {}
    holder: tuple[str, str] | None = None
    since: datetime | None = None
    for event in chain:
        before = holder[0] if holder else None
        after = event.assigned_to[0] if event.assigned_to else None
        if before != after:
            log[event.event_id] = (holder, since)
            since = event.occurred_at
        holder = event.assigned_to
    return log
