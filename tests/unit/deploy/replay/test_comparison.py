"""Differences between two generations, in numbers and in words."""

from __future__ import annotations

from deploy.replay.comparison import Comparison, DayDifference, day_differences, example


def test_days_that_say_the_same_are_left_out() -> None:
    old = {
        ("2026-01-01", "user"): (5, 77),
        ("2026-01-02", "bot"): (3, 1),
        ("2026-01-03", "bot"): (1, 1),
    }
    new = {
        ("2026-01-01", "user"): (5, 77),
        ("2026-01-02", "bot"): (3, 2),
        ("2026-01-04", "bot"): (2, 1),
    }
    assert day_differences(old, new) == [
        DayDifference("2026-01-02", "bot", 3, 3),
        DayDifference("2026-01-03", "bot", 1, 0),
        DayDifference("2026-01-04", "bot", 0, 2),
    ]


def row(before: int, after: int) -> dict[str, object]:
    return {
        "event_id": "e", "contact": "c", "at": "t", "before": before, "after": after,
        "old_source": "zapier", "new_source": "user", "old_assignee": "a", "new_assignee": "a",
        "old_previous": "", "new_previous": "b",
    }  # fmt: skip


def test_examples_say_what_becomes_of_a_row() -> None:
    changed = "event e of contact c at t: source zapier -> user, previous - -> b"
    assert example(row(1, 1)) == changed
    assert example(row(1, 0)).endswith("is no row any more")
    assert example(row(0, 1)).endswith("becomes a row (user, to a)")


def test_no_difference_is_said() -> None:
    assert Comparison().lines() == ["both say the same, row by row"]
