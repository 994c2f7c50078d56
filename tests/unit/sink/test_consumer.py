"""The whole sink against a group and a ClickHouse in memory: whatever fails, every message counts
once in every view's target."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sink import buffer
from sink.consumer import Sink
from sink.memory import MemoryTarget
from sink.plan import Committed, Insert
from sink.refusal import Impossible, Refused
from sink.writer import Unavailable
from tests.unit.sink.memory_group import Broker, MemoryGroup


class Killed(BaseException):
    """The process ends here."""


class Never:
    def is_set(self) -> bool:
        return False


def caught_up(broker: Broker, turns: int = 500) -> Callable[[], bool]:
    """Done when the committed offsets are at the log's ends; fails when that takes too long."""
    left = count(turns, -1)

    def done() -> bool:
        assert next(left), f"not caught up: {broker.committed}"
        return all(
            not log or (number in broker.committed and broker.committed[number].offset >= len(log))
            for number, log in broker.log.items()
        )

    return done


def run(group: MemoryGroup, target: MemoryTarget) -> Sink:
    sink = Sink(group, target, eager=True, clock=count(step=0.3).__next__)
    sink.run(Never(), caught_up(group.broker))
    return sink


def expected(broker: Broker) -> Counter[bytes]:
    return Counter(value for log in broker.log.values() for value in log if value is not None)


def assert_exact(broker: Broker, target: MemoryTarget) -> None:
    for view, rows in target.targets.items():
        assert Counter(rows) == expected(broker), view


def log_of(*values: str | None) -> list[bytes | None]:
    return [None if value is None else value.encode() for value in values]


@pytest.fixture
def broker() -> Broker:
    return Broker({0: log_of("a", "a", None, "b", None), 1: log_of(None, "a", "c", "a"), 2: []})


def test_everything_is_written_once(broker: Broker) -> None:
    target = MemoryTarget()
    sink = run(MemoryGroup(broker), target)
    assert_exact(broker, target)
    assert sink.progress.rows == 6


def test_identical_batches_both_count() -> None:
    broker = Broker({0: log_of(*"aaaa"), 1: log_of(*"aaaa")})
    target = MemoryTarget()
    run(MemoryGroup(broker, portion=2), target)
    assert_exact(broker, target)


logs = st.dictionaries(
    st.integers(0, 2), st.lists(st.sampled_from([b"a", b"b", None]), max_size=12), min_size=1
)
# What happens at the nth commit or insert: the process is killed or the call fails, with the
# effect of the call there (after), not there (before), or there in part (a number of targets).
troubles = st.dictionaries(
    st.integers(0, 25),
    st.tuples(
        st.sampled_from([Killed, Unavailable]), st.sampled_from(["before", "after", 0, 1, 2])
    ),
    max_size=8,
)


class Troubled(MemoryTarget):
    """A target that `trouble` (called with how many targets an insert reaches) may stop."""

    trouble: Callable[[], object] = staticmethod(lambda: None)

    def insert(self, insert: Insert) -> None:
        match self.trouble():
            case (kind, "before"):
                raise kind
            case (kind, reached):
                self.fail_after = 3 if reached == "after" else reached
                with pytest.raises(Unavailable):
                    super().insert(insert)
                raise kind
        super().insert(insert)


@given(logs, troubles, st.integers(1, 5), st.lists(st.integers(1, 4), min_size=20, max_size=20))
def test_whatever_happens_everything_counts_once(
    log: dict[int, list[bytes | None]],
    planned: dict[int, tuple[type[BaseException], object]],
    portion: int,
    portions: list[int],
) -> None:
    broker, target, step = Broker(log), Troubled(), count()
    marked: list[object] = []

    def before_mark() -> None:
        marked[:] = [planned.get(next(step))]
        if marked[0] and marked[0][1] != "after":
            raise marked[0][0]

    def after_mark() -> None:
        if marked[0]:
            raise marked[0][0]

    target.trouble = lambda: planned.get(next(step))
    for portion in portions:
        group = MemoryGroup(broker, portion=portion, on_mark=before_mark, after_mark=after_mark)
        try:
            run(group, target)
            break
        except Killed:
            continue
    assert_exact(broker, target)


def test_a_begun_range_that_follows_control_records_is_repeated() -> None:
    broker, target = Broker({0: [None, None, b"a"]}), MemoryTarget()
    target.fail_after = 1
    run(MemoryGroup(broker), target)
    assert_exact(broker, target)


def test_a_begun_range_is_repeated_whole_under_smaller_limits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As after an upgrade."""
    broker, target = Broker({0: log_of(*"abcdef")}), MemoryTarget()
    killed = iter([None, Killed])

    def kill() -> None:
        if kind := next(killed):
            raise kind

    with pytest.raises(Killed):
        run(MemoryGroup(broker, portion=10, on_mark=kill), target)
    monkeypatch.setattr(buffer, "ROWS", 2)
    run(MemoryGroup(broker, portion=10), target)
    assert_exact(broker, target)


def test_without_tokens_a_repeated_insert_counts_twice() -> None:
    """The test above can fail: this is the fault it looks for."""
    broker, target = Broker({0: log_of("a", "b")}), MemoryTarget(deduplicates=False)
    target.fail_after = 1
    run(MemoryGroup(broker), target)
    assert [len(rows) for rows in target.targets.values()] == [4, 2, 2]


def test_a_fenced_sink_writes_nothing_more_until_it_has_joined_again(broker: Broker) -> None:
    target = MemoryTarget()
    group = MemoryGroup(broker)
    sink = Sink(group, target, eager=True, clock=count(step=0.3).__next__)
    group.fenced = True
    turns = iter(range(40))
    sink.run(Never(), lambda: next(turns) == 30)
    assert target.targets["log"] == []
    group.rebalance()
    sink.run(Never(), caught_up(broker))
    assert_exact(broker, target)


def refused(group: MemoryGroup, target: MemoryTarget) -> Impossible:
    rows = {view: list(rows) for view, rows in target.targets.items()}
    sink = Sink(group, target, clock=count(step=0.3).__next__)
    turns = iter(range(60))
    with pytest.raises(Refused) as refusal:
        sink.run(Never(), lambda: next(turns) == 50)
    assert target.targets == rows
    return refusal.value.refusal.impossible


def test_offsets_gone_while_reading(broker: Broker) -> None:
    target = MemoryTarget()
    run(MemoryGroup(broker), target)
    group = MemoryGroup(broker)
    sink = Sink(group, target, clock=count(step=0.3).__next__)
    turns = iter(range(40))
    sink.run(Never(), lambda: next(turns) == 10)
    broker.log[0] += log_of("lost", "kept")
    broker.starts[0] = 6
    with pytest.raises(Refused, match="LOST"):
        sink.run(Never(), lambda: next(turns) == 30)


def test_topic_made_anew_between_two_runs(broker: Broker) -> None:
    target = MemoryTarget()
    run(MemoryGroup(broker), target)
    broker.topic_id = "other"
    assert refused(MemoryGroup(broker), target) is Impossible.RECREATED
    broker.committed.clear()
    assert refused(MemoryGroup(broker), target) is Impossible.RECREATED


def test_topic_made_anew_under_a_running_sink(broker: Broker) -> None:
    target, group = MemoryTarget(), MemoryGroup(broker)
    run(group, target)
    sink = Sink(group, target, eager=True, clock=count(step=0.3).__next__)
    turns = iter(range(60))
    group._joined = False
    sink.run(Never(), lambda: next(turns) == 10)
    broker.topic_id = "other"
    broker.log = {number: [*log, b"new"] for number, log in broker.log.items()}
    with pytest.raises(Refused, match="RECREATED"):
        sink.run(Never(), lambda: next(turns) == 50)
    assert b"new" not in target.targets["log"]


def test_forgotten_offsets(broker: Broker) -> None:
    target = MemoryTarget()
    run(MemoryGroup(broker), target)
    broker.committed.clear()
    assert refused(MemoryGroup(broker), target) is Impossible.FORGOTTEN


def test_another_database(broker: Broker) -> None:
    run(MemoryGroup(broker), MemoryTarget())
    assert refused(MemoryGroup(broker), MemoryTarget()) is Impossible.OTHER_DATABASE


def test_offsets_of_another_tool(broker: Broker) -> None:
    broker.committed[0] = Committed(2, None)
    assert refused(MemoryGroup(broker), MemoryTarget()) is Impossible.FOREIGN


def test_an_empty_message_is_no_row() -> None:
    assert refused(MemoryGroup(Broker({0: [b""]})), MemoryTarget()) is Impossible.NOT_A_ROW


def test_the_end_of_the_log_is_committed_past_control_records(broker: Broker) -> None:
    """Else retention, which may delete them, would look like a loss."""
    run(MemoryGroup(broker), MemoryTarget())
    assert broker.committed[0].offset == 5


def test_a_sink_that_is_asked_to_wait_begins_no_insert(broker: Broker) -> None:
    target = MemoryTarget()
    target.held = True
    sink = Sink(MemoryGroup(broker), target, eager=True, clock=count(step=0.3).__next__)
    turns = count()
    sink.run(Never(), lambda: next(turns) > 50)
    assert not any(target.targets.values())
    target.held = False
    run(MemoryGroup(broker), target)
    assert_exact(broker, target)


def test_a_sink_that_is_asked_to_wait_ends_what_it_has_begun(broker: Broker) -> None:
    target = MemoryTarget()
    target.fail_after = 1
    sink = Sink(MemoryGroup(broker), target, eager=True, clock=count(step=0.3).__next__)
    turns = count()

    def asked_after_the_first_failure() -> bool:
        target.held = target.fail_after is None
        return next(turns) > 80

    sink.run(Never(), asked_after_the_first_failure)
    begun = [len(rows) for rows in target.targets.values()]
    assert begun[0] > 0
    assert set(begun) == {begun[0]}
