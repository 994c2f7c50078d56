"""Whether a page that is left open has something new to show."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable

from queries.holds import TimeHeld
from queries.page.results import PAGE_ROWS, Results

_MANY = 1000


class Pulse:
    """Versions of pages, made of what they show: nobody learns when rows of others came.

    What a page shows is worked out again only where the tables have changed since.
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, tuple[str, str]] = {}

    def version(self, page: Hashable, tables: str, found: Callable[[], Results]) -> str:
        """That of `page`, of what is `found` where the tables are in a version that is new."""
        at, version = self._known.get(page, ("", ""))
        if at != tables:
            version = shown(found())
            if len(self._known) >= _MANY:
                self._known.clear()
            self._known[page] = tables, version
        return version


def shown(found: Results) -> str:
    """What changes with what a page shows, but for what goes on by itself: "complete to", and times
    that are running."""
    said = (
        found.question.selection.span, found.fresh.status == "unknown", found.fresh.dead_letters,
        found.summary, found.previous_total, found.rows.rows[:PAGE_ROWS], found.rows_total,
        found.trend, found.matrix, found.conversations, _held(found.time_held or []),
    )  # fmt: skip
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def _held(times: list[TimeHeld]) -> list[str]:
    """In an order that does not go with the clock."""
    return sorted(
        repr(one.model_copy(update={"seconds": 0.0}) if one.running else one) for one in times
    )
