"""Figures as people read them."""

from __future__ import annotations

import pytest

from deploy.terminal import duration, size


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.4, "0 s"), (59.9, "59 s"), (61, "1 min 1 s"), (3700, "1 h 1 min"), (90_000, "1 d 1 h")],
)
def test_durations(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, ""), (999, "999 B"), (1000, "1 kB"), (343_000_000, "343 MB"), (12_000_000_000, "12 GB")],
)
def test_sizes(count: int, shown: str) -> None:
    assert size(count) == shown
