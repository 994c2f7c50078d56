"""Is every partition getting on? Judged by what waits in it, not by the process being alive."""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from stream.engine import FAILED, Progress
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
    engine, now = app.engine, time.monotonic()
    positions = engine.positions()
    return [
        judged(number, progress, positions.get(number), now, settings, engine.silent_since)
        for number, progress in sorted(engine.progress.items())
    ]


def judged(
    number: int,
    progress: Progress,
    position: int | None,
    now: float,
    settings: Settings,
    silent_since: float | None = None,
) -> Standing:
    """How a partition stands at `now` (seconds of the monotonic clock). Pure.

    It idles while something waits that a committed reader would be given, or while it is not open;
    ends of transactions, what was aborted and what is not decided yet are nothing to do.
    """
    began = progress.since if position is None else progress.waits_since
    idle = 0.0 if began is None else now - began
    problem = progress.stopped or _stall(progress, position, idle, settings)
    if not problem and silent_since is not None:
        problem = f"Kafka has not answered for {now - silent_since:.0f} s"
    lag = None if position is None else progress.waiting
    return Standing(number, position, lag, round(idle, 1), problem)


def _stall(progress: Progress, position: int | None, idle: float, settings: Settings) -> str:
    if idle < settings.stall_after:
        return ""
    if position is None:
        return f"not open for {idle:.0f} s"
    at_work = "a batch at work" if progress.at_work else "no batch at work"
    return f"no progress for {idle:.0f} s with {progress.waiting} events waiting ({at_work})"


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
            stuck = standing.idle_seconds > limit
            if stuck and not app.engine.progress[standing.partition].stopped:
                log.critical("partition %d: %s; giving up", standing.partition, standing.problem)
                # A thread may hang in a call that no exception reaches; nothing uncommitted counts.
                os._exit(FAILED)
