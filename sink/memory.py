"""A stand-in for ClickHouse, for tests without it."""

from __future__ import annotations

from collections.abc import Iterable

from sink.plan import Insert
from sink.ranges import Source
from sink.writer import Unavailable

VIEWS = ("log", "counts", "lists")


class MemoryTarget:
    """Counts every message as often as it is inserted, in each view's target for itself, unless
    that target knows the token.

    `fail_after`: the next insert reaches this many targets and fails. `deduplicates=False`: tokens
    are ignored, as ClickHouse does without a deduplication window. `held`: no insert may be begun.
    """

    def __init__(self, views: Iterable[str] = VIEWS, *, deduplicates: bool = True) -> None:
        self.targets: dict[str, list[bytes]] = {view: [] for view in views}
        self.fail_after: int | None = None
        self.held = False
        self._known: dict[str, set[str]] = {view: set() for view in self.targets}
        self._deduplicates = deduplicates
        self._sources: set[Source] = set()

    def registered(self, topic: str, partition: int) -> set[str]:
        return {
            source.topic_id
            for source in self._sources
            if (source.topic, source.partition) == (topic, partition)
        }

    def register(self, source: Source) -> None:
        self._sources.add(source)

    def asks_to_wait(self) -> bool:
        return self.held

    def insert(self, insert: Insert) -> None:
        fail_after, self.fail_after = self.fail_after, None
        for reached, (view, rows) in enumerate(self.targets.items()):
            if reached == fail_after:
                raise Unavailable("killed between two targets")
            if not (self._deduplicates and insert.token in self._known[view]):
                self._known[view].add(insert.token)
                rows.extend(insert.values)
        if fail_after == len(self.targets):
            raise Unavailable("killed before the answer")
