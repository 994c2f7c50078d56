"""The exit code for monitoring."""

from __future__ import annotations

from deploy.replay.findings import Finding, Level, worst


def test_the_worst_counts() -> None:
    assert worst([]) == 0
    assert worst([Finding("a", Level.OK, ""), Finding("b", Level.WARNING, "")]) == 1
    assert worst([Finding("a", Level.WRONG, ""), Finding("b", Level.WARNING, "")]) == 2


def test_a_finding_names_the_command_that_resolves_it() -> None:
    assert "-> baton audit" in str(Finding("a", Level.WRONG, "it is wrong", "baton audit"))
