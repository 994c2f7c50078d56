"""Sinks are held only where no insert is open."""

from __future__ import annotations

import pytest

from sink import positions
from sink.ranges import Range
from sink.state import Intent, Written

OPEN = Intent("t", Range(5, 9), 5, 0)


def test_all_written_is_settled() -> None:
    assert positions.settled({0: Written("t", 7), 1: None}) == {0: 7, 1: 0}


def test_an_open_intent_is_not() -> None:
    assert positions.settled({0: Written("t", 7), 1: OPEN}) is None


def test_an_intent_that_slips_in_before_the_hold_is_waited_for() -> None:
    done: list[str] = []
    looks = iter([None, {0: 1}, None, {0: 2}, {0: 3}])
    found = positions.hold_settled(
        lambda: done.append("ask"),
        lambda: done.append("hold"),
        lambda: done.append("release"),
        lambda: next(looks),
    )
    assert found == {0: 3}
    assert done == ["ask", "hold", "release", "ask", "hold"]


def test_sinks_that_never_settle_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(positions, "_PATIENCE", 0.2)
    done: list[str] = []
    with pytest.raises(TimeoutError):
        positions.hold_settled(
            lambda: None, lambda: done.append("hold"), lambda: None, lambda: None
        )
    assert done == []
