"""Is every partition getting on? Judged by advancing watermarks, not by the process being alive."""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from faust.types import TP

from stream.engine import FAILED
from stream.settings import Settings

if TYPE_CHECKING:
    from stream.app import App

log = logging.getLogger("baton.worker")

# A worker that stands still this many times longer than is healthy ends itself, so that whoever
# restarts it gets a fresh one; a pause or a flood is an operator's matter and no reason.
_GIVE_UP_AFTER = 4


class Standing(NamedTuple):
    """How one assigned partition stands."""

    partition: int
    offset: int | None
    lag: int | None
    idle_seconds: float
    problem: str

    @property
    def healthy(self) -> bool:
        return not self.problem


def standings(app: App, settings: Settings) -> list[Standing]:
    """One per assigned partition, in their order."""
    return [_standing(app, settings, number) for number in sorted(app.engine.progress)]


def _standing(app: App, settings: Settings, number: int) -> Standing:
    progress = app.engine.progress[number]
    idle = time.monotonic() - progress.since
    offset = app.engine.positions().get(number)
    lag = None
    if offset is not None:
        end = app.consumer.highwater(TP(app.engine.topic, number)) or 0
        lag = max(0, end - offset)
    problem = _problem(progress, lag, idle, settings) or _silence(app)
    return Standing(number, offset, lag, round(idle, 1), problem)


def _silence(app: App) -> str:
    since = app.engine.silent_since
    return f"Kafka has not answered for {time.monotonic() - since:.0f} s" if since else ""


def _problem(progress: Any, lag: int | None, idle: float, settings: Settings) -> str:
    if progress.stopped:
        return str(progress.stopped)
    if idle < settings.stall_after:
        return ""
    if lag is None:
        return f"not open for {idle:.0f} s"
    # One event may be the control record at the end of a producer's transaction.
    if lag > 1:
        at_work = "a batch at work" if progress.at_work else "no batch at work"
        return f"no progress for {idle:.0f} s with {lag} events waiting ({at_work})"
    return ""


def report(app: App, settings: Settings, started: float) -> dict[str, Any]:
    """What `/healthz` answers."""
    found = standings(app, settings)
    return {
        "healthy": all(standing.healthy for standing in found)
        and not _never_joined(app, started, settings),
        "instance": settings.instance,
        "pid": os.getpid(),
        "generation": settings.topics.generation,
        "assigned": [standing.partition for standing in found],
        "partitions": [standing._asdict() for standing in found],
        "outcomes": dict(app.engine.outcomes),
    }


def _never_joined(app: App, started: float, settings: Settings) -> bool:
    waited = time.monotonic() - started > settings.stall_after
    return waited and not app.engine.progress and app.rebalancing


def add_pages(app: App, settings: Settings) -> None:
    """`/healthz`: 200 while every assigned partition gets on, 503 with the reasons otherwise."""
    started = time.monotonic()

    @app.page("/healthz")
    async def healthz(web: Any, request: Any) -> Any:
        found = report(app, settings, started)
        return web.json(found, status=200 if found["healthy"] else 503)


def watch(app: App, settings: Settings) -> None:
    """End the process when a partition has stood still far too long with nothing to excuse it."""
    limit = settings.stall_after * _GIVE_UP_AFTER

    @app.timer(interval=settings.stall_after / 4)
    async def give_up() -> None:
        for standing in standings(app, settings):
            stuck = standing.idle_seconds > limit and (standing.lag is None or standing.lag > 1)
            if stuck and not app.engine.progress[standing.partition].stopped:
                log.critical("partition %d: %s; giving up", standing.partition, standing.problem)
                # A thread may hang in a call that no exception reaches; nothing uncommitted counts.
                os._exit(FAILED)
