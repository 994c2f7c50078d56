"""What a plan says."""

from __future__ import annotations

from stream.audit import Entry, rate
from stream.operation import Plan


def entry(command: str, state: str, messages: int, seconds: float) -> Entry:
    result = {"messages": messages}
    return Entry(command, {}, "id", "who", 100.0, 100.0 + seconds, state, result)


def test_the_duration_is_told_by_the_rate_of_the_last_run_to_its_end() -> None:
    known = [
        entry("a", "done", 1000, 10),
        entry("a", "done", 3000, 10),
        entry("a", "interrupted", 9, 1),
        entry("b", "done", 1, 1),
    ]
    assert rate(known, "a") == 300
    assert Plan("a", "Do it.", messages=600, rate=300).seconds == 2


def test_nothing_is_told_where_nothing_was_measured() -> None:
    assert rate([entry("a", "done", 0, 1)], "a") is None
    assert "not measured yet" in "\n".join(Plan("a", "Do it.", messages=600).lines())


def test_a_plan_names_all_of_it() -> None:
    plan = Plan("a", "Do it.", ["partition 0"], 5, ["it is done"], ["it would be wrong"], 5.0)
    assert plan.lines() == [
        "Do it.",
        "  partition 0",
        "Messages: 5, about 1 s at 5 a second as last time",
        "Afterwards: it is done",
        "Refused: it would be wrong",
    ]
