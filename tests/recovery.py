"""How long recovering took: measured by tests of faults, shown at the end of their run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

_NAME = "recovery"
_of_this_test: list[list[tuple[str, object]]] = [[]]


def begin(test: pytest.Item) -> None:
    """What is measured from now on belongs to this test."""
    _of_this_test[0] = test.user_properties


@contextmanager
def measured(until: str) -> Iterator[None]:
    """Measure the block, at the end of which `until` is so."""
    began = time.monotonic()
    yield
    note(until, time.monotonic() - began)


def note(until: str, seconds: float) -> None:
    """Keep a measured time."""
    _of_this_test[0].append((_NAME, f"{seconds:.1f} s until {until}"))


def lines(reports: list[pytest.TestReport]) -> Iterator[str]:
    """What was measured by each test that is marked `faults`."""
    for report in reports:
        times = [str(value) for name, value in report.user_properties if name == _NAME]
        if times and report.when == "call" and "faults" in report.keywords:
            yield f"{report.nodeid.split('::')[-1]}: {', '.join(times)}"
