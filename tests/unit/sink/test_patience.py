"""Waiting grows to a limit, and says so once and then now and again."""

from __future__ import annotations

import logging

import pytest

from sink import patience
from sink.patience import Patience


def test_waiting(caplog: pytest.LogCaptureFixture) -> None:
    now = [1000.0]
    waits = Patience(lambda: now[0])
    assert not waits.waiting()
    delays = []
    with caplog.at_level(logging.INFO, "baton.sink"):
        while now[0] < 1000 + patience.SAY_AGAIN + patience.LONGEST:
            waits.wait("no answer")
            assert waits.waiting()
            delays.append(waits.left())
            now[0] += waits.left()
            assert not waits.waiting()
        waits.over()
        waits.over()
    assert delays[0] == patience.FIRST
    assert max(delays) == patience.LONGEST
    assert delays == sorted(delays)
    assert [record.message.split(" (")[0] for record in caplog.records] == [
        "waiting",
        "waiting",
        f"going on after {sum(delays):.1f} s",
    ]
    waits.wait("again")
    assert waits.left() == patience.FIRST
