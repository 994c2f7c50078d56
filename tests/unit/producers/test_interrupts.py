"""Ctrl-C ends the loop between two items, or while the next is awaited."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator

import pytest

from producers.interrupts import Interrupted, Interrupts


def interrupt(number: int = signal.SIGINT) -> None:
    os.kill(os.getpid(), number)


def test_an_interrupt_between_two_items_lets_the_first_be_finished() -> None:
    seen = []
    with Interrupts() as interrupts:
        for item in interrupts.until_interrupted(range(5)):
            if item == 2:
                interrupt(signal.SIGTERM)
            seen.append(item)
    assert seen == [0, 1, 2]
    assert interrupts.count == 1


def test_an_interrupt_ends_the_wait_for_the_next_item() -> None:
    def endless() -> Iterator[int]:
        yield 1
        timer = threading.Timer(0.05, interrupt)
        timer.start()
        threading.Event().wait(30)
        raise AssertionError("waited to the end")

    with Interrupts() as interrupts:
        assert list(interrupts.until_interrupted(endless())) == [1]


def test_what_was_there_before_is_there_again() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interrupts():
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before


def test_no_item_is_left_out_without_an_interrupt() -> None:
    with Interrupts() as interrupts:
        assert list(interrupts.until_interrupted([None, 0, 1])) == [None, 0, 1]


def test_an_interrupt_ends_what_only_reads() -> None:
    def endless() -> None:
        threading.Timer(0.05, interrupt, (signal.SIGTERM,)).start()
        threading.Event().wait(30)
        raise AssertionError("waited to the end")

    with Interrupts() as interrupts:
        assert interrupts.reading(lambda: 1) == 1
        with pytest.raises(Interrupted):
            interrupts.reading(endless)


def test_after_an_interrupt_nothing_more_is_read() -> None:
    with Interrupts() as interrupts:
        interrupt()
        with pytest.raises(Interrupted):
            interrupts.reading(lambda: pytest.fail("read on"))


def test_after_a_failed_read_an_interrupt_disturbs_nothing() -> None:
    with Interrupts() as interrupts:
        with pytest.raises(ZeroDivisionError):
            interrupts.reading(lambda: 1 // 0)
        interrupt()
        assert interrupts.count == 1


class Garbage:
    """Is interrupted as it is collected."""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


def test_no_interrupt_is_lost_in_the_collection_of_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    lost: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lost.append)

    def read() -> int:
        Garbage()
        return len([[] for _ in range(100_000)])

    with Interrupts() as interrupts:
        assert interrupts.reading(read) == 100_000
        gc.collect()
        assert (interrupts.count, lost) == (1, [])
    assert gc.isenabled()


def test_garbage_is_collected_where_nothing_interrupts() -> None:
    assert Interrupts().reading(gc.isenabled)
