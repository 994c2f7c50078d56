"""What is written of lines that come again and again."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from stream import run
from stream.repeats import APART, Repeats


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def written(clock: Clock) -> Iterator[io.StringIO]:
    """What a handler with the filter writes of the loggers below `lines`."""
    output = io.StringIO()
    handler = logging.StreamHandler(output)
    handler.addFilter(Repeats(clock))
    logging.getLogger().addHandler(handler)
    yield output
    logging.getLogger().removeHandler(handler)


def test_one_in_a_while_with_the_number_held_back(clock: Clock, written: io.StringIO) -> None:
    log = logging.getLogger("aiokafka.conn")
    for number in range(40):
        log.error("Unable to connect to %s: 100%% sure", number)
        clock.now += APART / 20
    assert written.getvalue().splitlines() == [
        "Unable to connect to 0: 100% sure",
        "Unable to connect to 20: 100% sure (and 19 more like it in 10 s)",
    ]


def test_other_kinds_and_batons_own_lines_pass(written: io.StringIO) -> None:
    for _ in range(3):
        logging.getLogger("aiokafka.conn").error("conn away")
        logging.getLogger("aiokafka.conn").warning("conn slow")
        logging.getLogger("aiokafka.cluster").error("cluster away")
        logging.getLogger("baton.worker").error("own")
    lines = written.getvalue().splitlines()
    assert sorted(lines) == ["cluster away", "conn away", "conn slow", "own", "own", "own"]


def test_texts_that_are_built_whole_take_no_memory(clock: Clock) -> None:
    repeats = Repeats(clock)
    for number in range(10_000):
        record = logging.LogRecord("faust", logging.ERROR, "", 0, f"text {number}", (), None)
        assert repeats.filter(record)
    assert len(repeats._kinds) <= 200


def test_the_workers_log_has_the_filter() -> None:
    config: Any = run._logging(logging.WARNING)
    (name,) = config["handlers"]["stderr"]["filters"]
    assert config["filters"][name]["()"] is Repeats
