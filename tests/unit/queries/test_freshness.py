from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from queries.freshness import UNKNOWN, Held, PipelineAway, Waiting, Watch, look
from tests.support import wait_for

NOW = datetime(2026, 3, 1, 14, 32, 10, tzinfo=UTC)


class Pipe:
    """A pipeline that says what it is told to."""

    def __init__(
        self, *waiting: datetime, dead: Mapping[str, int] | None = None, away: bool = False
    ) -> None:
        self.behind, self.dead, self.away, self.looks = list(waiting), dead or {}, away, 0
        self.held: Held | None = None

    def waiting(self) -> list[Waiting]:
        self.looks += 1
        if self.away:
            raise PipelineAway("no broker")
        return [Waiting(time, self.held) for time in self.behind]

    def dead_letters(self) -> Mapping[str, int]:
        return self.dead


def test_it_is_complete_to_when_the_look_began() -> None:
    times = iter([NOW, NOW + timedelta(seconds=5)])
    seen = look(Pipe(dead={"1": 2, "": 1}), lambda: next(times))
    assert (seen.status, seen.complete_to, seen.dead_letters) == ("complete", NOW, 3)


@pytest.mark.parametrize(
    ("workspace", "letters"), [(None, 7), ("1", 4), ("2", 1), ("3", 0), ("", 0)]
)
def test_letters_are_told_to_those_whose_they_are(workspace: str | None, letters: int) -> None:
    seen = look(Pipe(dead={"1": 4, "2": 1, "": 2}), lambda: NOW)
    told = seen.seen_by(workspace)
    assert told.model_dump() == {**seen.model_dump(), "dead_letters": letters}
    assert UNKNOWN.seen_by(workspace) == UNKNOWN


def test_it_is_complete_to_the_first_event_that_waits_anywhere() -> None:
    late = NOW - timedelta(minutes=3)
    seen = look(Pipe(NOW - timedelta(seconds=1), late), lambda: NOW)
    assert (seen.status, seen.complete_to) == ("behind", late)


def test_it_says_what_the_first_one_waits_for() -> None:
    held = Held(by="transaction", topic="t", partition=1, since=NOW, transactional_id="a")
    pipe = Pipe(NOW - timedelta(seconds=1))
    pipe.held = held
    assert look(pipe, lambda: NOW).waits_for == held
    pipe.behind = [NOW + timedelta(hours=1)]
    assert look(pipe, lambda: NOW).waits_for is None


def test_it_never_claims_the_future() -> None:
    """Brokers' clocks may run ahead of ours."""
    assert look(Pipe(NOW + timedelta(hours=1)), lambda: NOW).complete_to == NOW


def test_without_kafka_it_says_that_it_does_not_know() -> None:
    assert look(Pipe(away=True), lambda: NOW) == UNKNOWN


def test_it_looks_once_a_second_whoever_asks() -> None:
    clock = [100.0]
    pipe = Pipe()
    watch = Watch(pipe, lambda: clock[0])
    for _ in range(5):
        assert watch.latest(patience=5).status == "complete"
    assert pipe.looks == 1
    clock[0] += 1.1
    watch.latest(patience=5)
    assert pipe.looks == 2


def test_a_page_does_not_wait_for_a_slow_kafka() -> None:
    answer = threading.Event()

    class Slow(Pipe):
        def waiting(self) -> list[Waiting]:
            answer.wait(10)
            return []

    watch = Watch(Slow())
    assert watch.latest(patience=0.01) == UNKNOWN
    answer.set()
    wait_for(lambda: watch.latest(patience=0.1).status == "complete")


class HeldUp(Pipe):
    """A pipeline that says nothing until it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.let = threading.Event()

    def waiting(self) -> list[Waiting]:
        self.let.wait(10)
        return super().waiting()


def test_what_is_known_from_long_ago_is_worth_a_wait() -> None:
    clock = [100.0]
    pipe = HeldUp()
    watch = Watch(pipe, lambda: clock[0])
    known = None
    for _ in range(2):
        pipe.let.clear()
        threading.Timer(0.05, pipe.let.set).start()
        found = watch.latest(patience=0)
        assert found.status == "complete"
        assert found is not known
        known = found
        clock[0] += 30


def test_what_is_known_from_a_moment_ago_is_not() -> None:
    clock = [100.0]
    pipe = HeldUp()
    pipe.let.set()
    watch = Watch(pipe, lambda: clock[0])
    known = watch.latest(patience=5)
    clock[0] += 2
    pipe.let.clear()
    assert watch.latest(patience=0) is known
    pipe.let.set()


def test_a_look_that_nobody_waited_for_is_not_taken_for_a_new_one() -> None:
    clock = [100.0]
    pipe = HeldUp()
    watch = Watch(pipe, lambda: clock[0])
    watch.latest(patience=0)
    pipe.let.set()
    wait_for(lambda: watch.begin()[0] is None)
    clock[0] += 600
    watch.latest(patience=5)
    assert pipe.looks == 2


def test_a_kafka_that_is_away_is_asked_less_often() -> None:
    clock = [100.0]
    pipe = Pipe(away=True)
    watch = Watch(pipe, lambda: clock[0])
    watch.latest(patience=5)
    clock[0] += 2
    watch.latest(patience=5)
    assert pipe.looks == 1
    clock[0] += 4
    pipe.away = False
    assert watch.latest(patience=5).status == "complete"
