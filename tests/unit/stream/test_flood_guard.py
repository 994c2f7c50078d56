"""When a flood of bad messages is one."""

from __future__ import annotations

from stream.dead_letters import FloodGuard


def test_a_flood_whose_letters_are_all_accepted_is_over() -> None:
    """More than may be were committed before the window was full, and cannot be accepted."""
    guard = FloodGuard(20, 0.5)
    guard.count(15, range(11))
    assert guard.evidence(6, [3]) == "11 of 20 messages are dead letters"
    assert guard.evidence(6, []) is None
