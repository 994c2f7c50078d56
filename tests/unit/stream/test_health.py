"""What counts as standing still, and what excuses it."""

from __future__ import annotations

import pytest

from stream.engine import Progress
from stream.health import judged
from stream.settings import Settings

SETTINGS = Settings(stall_after=30)
NOW = 10_000.0


def progress(
    *, waits: float | None = None, at_work: bool = False, stopped: str = "", quiet: float = 9999
) -> Progress:
    """One whose last progress was `quiet` seconds ago, and in which 6 events wait for `waits`."""
    since = None if waits is None else NOW - waits
    return Progress(NOW - quiet, since, 6 if waits is not None else 0, at_work, stopped)


@pytest.mark.parametrize(
    ("found", "position", "silent", "problem"),
    [
        (progress(waits=29), 7, None, ""),
        (progress(waits=31), 7, None, "no progress for 31 s with 6 events waiting (no batch"),
        (progress(waits=31, at_work=True), 7, None, "6 events waiting (a batch at work)"),
        (progress(), 7, None, ""),  # quiet, whatever lies at the end
        (progress(quiet=31), None, None, "not open for 31 s"),
        (progress(quiet=29), None, None, ""),
        (progress(stopped="flood"), 7, None, "flood"),
        (progress(), 7, NOW - 4, "Kafka has not answered for 4 s"),
        (progress(stopped="flood"), 7, NOW - 4, "flood"),
    ],
)
def test_problem(found: Progress, position: int | None, silent: float | None, problem: str) -> None:
    standing = judged(3, found, position, NOW, SETTINGS, silent)
    assert problem in standing.problem
    assert standing.healthy == (not problem)


def test_it_is_idle_only_while_something_waits() -> None:
    assert judged(3, progress(waits=12), 7, NOW, SETTINGS).idle_seconds == 12
    assert judged(3, progress(), 7, NOW, SETTINGS)[1:4] == (7, 0, 0.0)
    assert judged(3, progress(quiet=5), None, NOW, SETTINGS)[1:4] == (None, None, 5.0)
