"""The pace of the live feed, on a clock that only moves by waiting."""

from __future__ import annotations

import os
import signal
from itertools import count, islice

from producers.interrupts import Interrupts
from producers.memory import MemoryProducer
from producers.rows import Ready
from producers.sender import Sender
from producers.simulate.live import paced, run


class Clock:
    def __init__(self) -> None:
        self.time = 100.0

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float) -> None:
        self.time += seconds


def message(number: int) -> Ready:
    return Ready(number, b"k", b"v")


def test_messages_are_asked_for_at_their_rate() -> None:
    clock = Clock()
    asked = (message(round((clock.time - 100) * 1000)) for _ in count())
    sent = islice(paced(asked, 4, clock.now, clock.wait, bool), 9)
    assert [m.line for m in sent] == [0, 250, 500, 750, 1000, 1250, 1500, 1750, 2000]


def test_after_a_pause_the_missed_are_left_out() -> None:
    clock = Clock()
    messages = paced(map(message, count()), 10, clock.now, clock.wait, bool)
    next(messages)
    clock.time += 3600
    before = clock.time
    sent = 0
    while clock.time == before:
        next(messages)
        sent += 1
    assert sent < 15


def test_all_that_was_sent_is_confirmed_at_the_end() -> None:
    producer = MemoryProducer(room=3)
    sender = Sender(producer, "events", lambda _: None)
    with Interrupts() as interrupts:
        run(map(message, range(10)), 1e6, sender, interrupts, lambda _: None)
    assert sender.delivered == 10


def test_a_stop_ends_the_wait_for_what_is_not_due_for_long() -> None:
    clock = Clock()
    messages = paced(map(message, count()), 0.001, clock.now, clock.wait, lambda: clock.time > 105)
    assert [m.line for m in messages] == [0]
    assert clock.time < 106


def test_an_interrupt_while_confirmations_come_in_loses_none_of_them() -> None:
    class Interrupted(MemoryProducer):
        def poll(self, timeout: float) -> int:
            if timeout:
                os.kill(os.getpid(), signal.SIGINT)
            return super().poll(timeout)

    producer = Interrupted(room=1000)
    sender = Sender(producer, "events", lambda _: None)
    with Interrupts() as interrupts:
        run(map(message, count()), 100, sender, interrupts, lambda _: None)
    assert interrupts.count == 1
    assert sender.unconfirmed == 0
    assert sender.delivered == len(producer.delivered) > 0
