"""`baton sink resolve`: setting by hand where the sink goes on, after it stopped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sink.group import Group
from sink.plan import Committed, Log
from sink.ranges import Source
from sink.state import ForeignState, Intent, State, Written, decode
from sink.writer import Target


@dataclass(frozen=True)
class Resolution:
    """What would change for one partition."""

    log: Log
    before: Committed | None
    offset: int

    @property
    def state(self) -> State:
        """What will be remembered: as long as nothing is written, the sink registers it itself,
        should ClickHouse not answer here."""
        return Written(self.log.source.topic_id, self.offset, fresh=True)

    def __str__(self) -> str:
        at = f"partition {self.log.source.partition}: go on at offset {self.offset}"
        return f"{at} (log: {self.log.start} to {self.log.end}); {self._meaning()}"

    def _meaning(self) -> str:
        if self.before is None:
            return "nothing is remembered of it now"
        known = f"offset {self.before.offset} is committed now"
        try:
            state = decode(self.before.offset, self.before.metadata)
        except ForeignState:
            return f"{known}, not by a sink"
        if isinstance(state, Intent):
            known = f"{state.range} is begun now, and may be written"
        if state.topic_id != self.log.source.topic_id:
            return f"{known}, of the topic as it was before"
        return f"{known}; {_difference(state.offset, self.offset)}"


def resolutions(group: Group, partitions: Iterable[int], offset: int) -> list[Resolution]:
    """The plan; `offset` is moved to the nearest one the log has. Raises Unavailable."""
    topic_id = group.topic_id()
    found = []
    for partition, before in group.committed(partitions or group.partitions()).items():
        log = group.log(Source(group.topic, topic_id, partition))
        found.append(Resolution(log, before, min(max(offset, log.start), log.end)))
    return found


def execute(group: Group, target: Target, plan: Iterable[Resolution]) -> None:
    """Do it; raises Unavailable, also while a sink of the group runs."""
    for resolution in plan:
        group.mark(resolution.log.source, resolution.state)
        target.register(resolution.log.source)


def _difference(before: int, after: int) -> str:
    if after > before:
        return f"offsets {before} to {after - 1} will not be written"
    if after < before:
        return f"offsets {after} to {before - 1} will be written again, and count twice if there"
    return "no offset is skipped or repeated"
