"""States that cannot be. The sink stops at one and says which, by what it knows, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sink.ranges import Source


class Impossible(Enum):
    """Why the sink does not go on; the value tells people."""

    LOST = "messages that were not written are gone from the log (retention)"
    TRUNCATED = "the log ends before messages that were read from it"
    RECREATED = "the topic was made anew; its offsets count other messages now"
    FORGOTTEN = "the group's committed offset is gone (expired, or deleted with the topic)"
    FOREIGN = "the committed offset was set by something else than the sink"
    OTHER_DATABASE = "this database is not the one that the rows were written to"
    GAP = "messages between the last batch and this one were not read"
    OVERLAP = "the batch begins with messages that were written already"
    CHANGED = "messages of a batch that was begun have changed or are missing"
    NOT_A_ROW = "a message is empty, which no row of the log is"
    REJECTED = "ClickHouse does not take the rows"


@dataclass(frozen=True)
class Refusal:
    """One impossible state. `go_on_at` is the offset most likely wanted, to be looked at first."""

    impossible: Impossible
    source: Source
    evidence: str
    go_on_at: int

    def __str__(self) -> str:
        return (
            f"{self.source.topic}, partition {self.source.partition}: {self.impossible.name}: "
            f"{self.impossible.value}.\n  evidence: {self.evidence}\n  to go on: {self.command}"
        )

    @property
    def command(self) -> str:
        """What resolves it, after a look at its plan."""
        at = f"--partition {self.source.partition} --from-offset {self.go_on_at}"
        return f"baton sink resolve {at}   (shows what it would do; sink/README.md on the state)"


class Refused(Exception):
    """The sink stopped at a refusal; nothing of what it concerns was written."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal
