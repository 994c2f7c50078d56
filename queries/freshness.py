"""Up to when the report is complete: every event that Kafka had by then is in what one sees."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from pydantic import BaseModel, Field, PrivateAttr

from queries.periods import utc_now

# What is younger is not asked again; a second is what a reader can see.
_FRESH_FOR = 1.0
# While Kafka is away every try waits for its time-out, so tries are rare.
_RETRY_AFTER = 5.0
# A page does not wait longer for it: it shows what was known before, unless that is long ago.
_PATIENCE = 0.2
_LONG_AGO = 5.0
_PATIENCE_THEN = 0.5


class Held(BaseModel):
    """What the report waits for, beyond work that is under way."""

    by: Literal["transaction", "stop"]
    topic: str
    partition: int
    since: datetime
    transactional_id: str | None = Field(
        default=None, description="Whose transaction it is, where Kafka says."
    )
    why: str = Field(default="", description="Why the partition stands still.")


class Waiting(NamedTuple):
    """A partition has something that is not in the report: since when, and what holds it up."""

    since: datetime
    held: Held | None = None


class Freshness(BaseModel):
    """How far the report has come; `unknown` where Kafka or its topics cannot be reached."""

    status: Literal["complete", "behind", "unknown"]
    complete_to: datetime | None = Field(
        description="Every event that Kafka held at this time is in the numbers."
    )
    dead_letters: int | None = Field(
        description="Events that could not be derived, without those sent back or dropped."
    )
    waits_for: Held | None = Field(
        default=None, description="What holds the report back, where it is more than work to do."
    )

    _letters: Mapping[str, int] = PrivateAttr(default_factory=dict)

    def seen_by(self, workspace: str | None) -> Freshness:
        """What may be told to who reads this workspace alone (None: all of them): letters whose
        workspace cannot be read are nobody's but who may see all, and so is what stops others."""
        if workspace is None or self.dead_letters is None:
            return self
        own = self._letters.get(workspace, 0) if workspace else 0
        held = self.waits_for and self.waits_for.model_copy(
            update={"transactional_id": None, "why": ""}
        )
        return self.model_copy(update={"dead_letters": own, "waits_for": held})


UNKNOWN = Freshness(status="unknown", complete_to=None, dead_letters=None)


class Pipeline(Protocol):
    """What is asked about Kafka; every method raises PipelineAway."""

    def waiting(self) -> list[Waiting]:
        """When the first event of each partition that is not yet in the report reached Kafka,
        whether it counts or nobody can know that yet."""
        ...

    def dead_letters(self) -> Mapping[str, int]:
        """How many events of each workspace lie in the dead letters, neither sent back nor dropped;
        under an empty name those of which it cannot be read."""
        ...


class PipelineAway(Exception):
    """No Kafka answers, or it has none of the topics."""


class Unnamed:
    """The `Pipeline` where only ClickHouse was named: it can answer, and nobody knows how far it
    has come."""

    def waiting(self) -> list[Waiting]:
        """See `Pipeline.waiting`."""
        raise PipelineAway("no Kafka is named")

    def dead_letters(self) -> Mapping[str, int]:
        """See `Pipeline.dead_letters`."""
        raise PipelineAway("no Kafka is named")


def look(pipeline: Pipeline, clock: Callable[[], datetime] = utc_now) -> Freshness:
    """How far the report has come, as of before the look."""
    observed = clock()
    try:
        waiting, dead = pipeline.waiting(), pipeline.dead_letters()
    except PipelineAway:
        return UNKNOWN
    first = min([Waiting(observed), *waiting], key=lambda each: each.since)
    seen = Freshness(
        status="behind" if waiting else "complete",
        complete_to=first.since,
        dead_letters=sum(dead.values()),
        waits_for=first.held,
    )
    seen._letters = dead
    return seen


class Watch:
    """Looks at most once a second, whoever asks; no page waits for it longer than a moment."""

    def __init__(self, pipeline: Pipeline, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._pipeline = pipeline
        self._monotonic = monotonic
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="freshness")
        self._lock = threading.Lock()
        self._running: Future[Freshness] | None = None
        self._last = UNKNOWN
        self._due = 0.0
        self._seen_at = -_LONG_AGO

    def latest(self, patience: float = _PATIENCE) -> Freshness:
        """The newest look, waiting at most `patience` seconds for one that is due; whoever begins
        one after a while in which nobody did waits half a second."""
        running, began = self.begin()
        if running is None:
            return self._last
        if began and self._monotonic() - self._seen_at >= _LONG_AGO:
            patience = max(patience, _PATIENCE_THEN)
        try:
            return running.result(patience)
        except NotYet:
            return self._last

    def begin(self) -> tuple[Future[Freshness] | None, bool]:
        """The look that is under way, begun where one is due, and whether it was begun now."""
        with self._lock:
            due = self._running is None and self._monotonic() >= self._due
            if due:
                self._running = self._pool.submit(self._look)
            return self._running, due

    def _look(self) -> Freshness:
        seen = UNKNOWN
        try:
            seen = look(self._pipeline)
        finally:
            with self._lock:
                self._running, self._last, self._seen_at = None, seen, self._monotonic()
                wait = _RETRY_AFTER if seen.status == "unknown" else _FRESH_FOR
                self._due = self._seen_at + wait
        return seen
