from __future__ import annotations

import pytest

from queries.conversations import loops


@pytest.mark.parametrize(
    ("moves", "count"),
    [
        ([], 0),
        ([("a", "b"), ("b", "a")], 1),
        ([("a", "b"), ("b", "a"), ("a", "b")], 2),
        ([("a", "b"), ("b", "c"), ("c", "a")], 0),
        ([("", "a"), ("a", "")], 0),
        ([("a", ""), ("", "a")], 0),
        ([("a", "b"), ("c", "a")], 0),
    ],
)
def test_a_loop_is_a_conversation_that_goes_straight_back(
    moves: list[tuple[str, str]], count: int
) -> None:
    assert loops(moves) == count
