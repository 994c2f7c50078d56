"""Why an event could not be derived, and what is kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from producers.event import CONTRACT_VERSION

Headers = Sequence[tuple[str, bytes | None]]

HEADER_PREFIX = "baton."


class Reason(StrEnum):
    """The documented set of reasons (stream/README.md); the value stands in `baton.reason`."""

    NO_JSON = "no_json"
    CONTRACT = "contract"
    TOO_LARGE = "too_large"
    KEY_MISMATCH = "key_mismatch"
    WRONG_PARTITION = "wrong_partition"
    UNKNOWN_WORKSPACE = "unknown_workspace"
    CONFLICTING_REPEAT = "conflicting_repeat"
    OLDER_THAN_HORIZON = "older_than_horizon"


class Fault(NamedTuple):
    """What is wrong with one message."""

    reason: Reason
    detail: str


class DeadLetter(NamedTuple):
    """A message for `assignment-events.dead`: key, value and headers as they came, and ours."""

    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


def dead_letter(
    fault: Fault,
    key: bytes | None,
    value: bytes | None,
    headers: Headers,
    origin: tuple[str, int, int, int],
) -> DeadLetter:
    """The dead letter of a message from `origin`: topic, partition, offset, time (ms)."""
    topic, partition, offset, timestamp = origin
    ours = {
        "reason": fault.reason.value,
        "detail": fault.detail[:2000],
        "topic": topic,
        "partition": str(partition),
        "offset": str(offset),
        "timestamp": str(timestamp),
        "version": CONTRACT_VERSION,
    }
    added = [(HEADER_PREFIX + name, text.encode(errors="replace")) for name, text in ours.items()]
    return DeadLetter(key, value, [*headers, *added])


class Flood(Exception):
    """So many dead letters that something upstream is wrong; nothing is committed past it."""


class FloodGuard:
    """Counts bad messages among the last `window`; more than `share` of those is a flood."""

    def __init__(self, window: int, share: float) -> None:
        self._window, self._most = window, int(window * share)
        self._seen = 0
        self._bad: list[int] = []

    def evidence(self, count: int, bad: Sequence[int]) -> str | None:
        """Whether a batch of `count` messages, bad at the indices `bad`, would be a flood.

        Never one without a bad message: those before it are committed, and an operator who has
        accepted all of the batch's own could not accept them any more.
        """
        if not bad:
            return None
        all_bad = self._with(bad)
        first = 0
        for last, at in enumerate(all_bad):
            while all_bad[first] <= at - self._window:
                first += 1
            if self._seen + count >= self._window and last - first + 1 > self._most:
                return f"{last - first + 1} of {self._window} messages are dead letters"
        return None

    def count(self, count: int, bad: Sequence[int]) -> None:
        """Remember a batch that was committed."""
        all_bad = self._with(bad)
        self._seen += count
        self._bad = [at for at in all_bad if at > self._seen - self._window]

    def _with(self, bad: Sequence[int]) -> list[int]:
        return self._bad + [self._seen + index for index in bad]
