"""What `baton doctor` finds: how bad it is, what it is, and the command that resolves it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How bad; the number is the exit code, as monitoring takes it."""

    OK = 0
    WARNING = 1
    WRONG = 2


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    check: str
    level: Level
    text: str
    command: str = ""

    def __str__(self) -> str:
        resolve = f"\n         -> {self.command}" if self.command else ""
        return f"{self.level.name.lower():8} {self.check}: {self.text}{resolve}"


def worst(found: Iterable[Finding]) -> Level:
    """The exit code."""
    return max((each.level for each in found), default=Level.OK)
