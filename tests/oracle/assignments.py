"""What the Assignments log must be: sort everything, then look one row back.

Slow and obvious, and knows nothing of how `stream` does it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Said:
    """One event as it stands on the wire, at its offset."""

    offset: int
    event_id: str
    occurred_at: datetime
    sequence: int | None
    assigns: bool
    assigned_to: tuple[str, str] | None = None
    kind: str = "user"
    closes: bool = False
    by_receipt: bool = False
    content: str = ""
    source: str = "user"
    actor: str | None = None
    team: str | None = None

    @property
    def order(self) -> tuple[datetime, int, int]:
        return self.occurred_at, -(2**63) if self.sequence is None else self.sequence, self.offset


class Ended(NamedTuple):
    """What a row says of the hold that it ends; nothing on a contact's first assignment."""

    holder: tuple[str, str, str] | None
    since: datetime | None
    source: str | None
    actor: str | None
    team: str | None


@dataclass
class Expected:
    """The log (event id to the hold that it ended) and what was refused, by offset."""

    log: dict[str, Ended] = field(default_factory=dict)
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
        None if event.by_receipt else event.occurred_at,
        event.by_receipt,
        event.sequence,
        event.assigns,
        event.closes,
        _who(event),
        event.content,
        event.source,
        event.actor,
        event.team,
    )


def _log(chain: list[Said]) -> dict[str, Ended]:
    log: dict[str, Ended] = {}
    last: Said | None = None
    began: Said | None = None
    for event in chain:
        if _who(event) != (_who(last) if last else None):
            log[event.event_id] = _ended(_holder(last), began)
            began = event
        last = event
    return log


def _who(event: Said) -> tuple[str, str] | None:
    return (event.kind, event.assigned_to[0]) if event.assigned_to else None


def _holder(event: Said | None) -> tuple[str, str, str] | None:
    return (event.kind, *event.assigned_to) if event and event.assigned_to else None


def _ended(holder: tuple[str, str, str] | None, began: Said | None) -> Ended:
    if began is None:
        return Ended(holder, None, None, None, None)
    return Ended(holder, began.occurred_at, began.source, began.actor, began.team)


def ended(row: dict[str, Any]) -> Ended:
    """What a message of `assignment-log` says of the hold that it ends."""
    holder, since = row["previous_assignee_id"], row["previous_since"]
    return Ended(
        (row["previous_assignee_kind"], holder, row["previous_assignee_name"]) if holder else None,
        datetime.fromisoformat(since) if since else None,
        row["began_source"],
        row["began_actor_id"],
        row["began_team_id"],
    )
