"""The line that says how far the report reaches. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from queries.freshness import Freshness, Held
from queries.page.texts import Texts, local_time

LATE = timedelta(seconds=30)
"""While events flow a report is always a moment behind; a reader is warned when it stays so."""


@dataclass(frozen=True)
class Completeness:
    """How far the report reaches, in words, and whether that is as it should be."""

    line: str
    state: Literal["well", "late", "unknown"]


def completeness(fresh: Freshness, texts: Texts, tz: ZoneInfo, now: datetime) -> Completeness:
    """What is said at `now`: the time of day, on another day than today with its date."""
    if fresh.complete_to is None:
        return Completeness(texts("total.complete_unknown"), "unknown")
    at = fresh.complete_to.astimezone(tz).replace(microsecond=0)
    today = at.date() == now.astimezone(tz).date()
    line = texts("total.complete", time=f"{at:%H:%M:%S}" if today else local_time(at))
    if fresh.waits_for:
        line = f"{line}. {_waits(fresh.waits_for, texts, tz)}"
    return Completeness(line, "late" if now - fresh.complete_to >= LATE else "well")


def _waits(held: Held, texts: Texts, tz: ZoneInfo) -> str:
    since = local_time(held.since.astimezone(tz).replace(microsecond=0))
    if held.by == "stop":
        return texts("total.waits_stop", partition=held.partition, why=held.why)
    if held.transactional_id is None:
        return texts("total.waits_unknown", topic=held.topic, time=since)
    return texts("total.waits", topic=held.topic, time=since, name=held.transactional_id)
