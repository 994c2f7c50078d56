"""What counts as standing still, and what excuses it."""

from __future__ import annotations

import pytest

from stream.engine import Progress
from stream.health import _problem
from stream.settings import Settings

SETTINGS = Settings(stall_after=30)


@pytest.mark.parametrize(
    ("progress", "lag", "idle", "problem"),
    [
        (Progress(), 500, 29, ""),
        (Progress(), 500, 31, "500 events waiting (no batch at work)"),
        (Progress(at_work=True), 2, 31, "2 events waiting (a batch at work)"),
        (Progress(), 1, 9999, ""),  # a control record
        (Progress(), 0, 9999, ""),
        (Progress(), None, 31, "not open for 31 s"),
        (Progress(stopped="flood"), 0, 0, "flood"),
    ],
)
def test_problem(progress: Progress, lag: int | None, idle: float, problem: str) -> None:
    found = _problem(progress, lag, idle, SETTINGS)
    assert problem in found
    assert bool(found) == bool(problem)
