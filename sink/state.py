"""What the sink remembers of a partition, as it stands in the group's committed offset. Pure.

The committed offset is where reading starts; its metadata, JSON, says what happened up to there.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from sink.ranges import Range

FORMAT = 1


@dataclass(frozen=True)
class Written:
    """Everything before offset `next` is in ClickHouse. `fresh`: nothing ever was written."""

    topic_id: str
    next: int
    fresh: bool = False

    @property
    def offset(self) -> int:
        """Where reading starts."""
        return self.next


@dataclass(frozen=True)
class Intent:
    """The messages of `range` may be in ClickHouse, in part or whole; everything before them is.

    `count` and `checksum` are those of the messages. `fresh`: nothing was written before them.
    """

    topic_id: str
    range: Range
    count: int
    checksum: int
    fresh: bool = False

    @property
    def offset(self) -> int:
        """Where reading starts."""
        return self.range.first


State = Written | Intent


class ForeignState(ValueError):
    """The metadata was not written by a sink (or by one of a newer format)."""


def checksum(values: Iterable[bytes]) -> int:
    """CRC-32 of the messages, in order."""
    crc = 0
    for value in values:
        crc = zlib.crc32(value, crc)
    return crc


def encode(state: State) -> str:
    """The metadata for a committed offset of `state.offset`: JSON below 300 characters."""
    fields: dict[str, object] = {"format": FORMAT, "topic_id": state.topic_id, "fresh": state.fresh}
    if isinstance(state, Intent):
        fields |= {"last": state.range.last, "count": state.count, "checksum": state.checksum}
    return json.dumps(fields, separators=(",", ":"))


def decode(offset: int, metadata: str | None) -> State:
    """What `encode` was given; raises ForeignState."""
    try:
        fields = json.loads(metadata or "")
        if fields["format"] != FORMAT:
            raise ForeignState(metadata)
        topic_id, fresh = str(fields["topic_id"]), bool(fields["fresh"])
        if "last" not in fields:
            return Written(topic_id, offset, fresh)
        range = Range(offset, int(fields["last"]))
        return Intent(topic_id, range, int(fields["count"]), int(fields["checksum"]), fresh)
    except (ValueError, KeyError, TypeError) as error:
        raise ForeignState(metadata) from error
