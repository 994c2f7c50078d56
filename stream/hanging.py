"""Hanging transactions: left open in a partition by a broker, and ended by nobody.

A broker that dies between deciding a transaction and marking it in the partitions can take it for
marked when it is back (seen with Apache Kafka 4.3.1, where topics had just been made). Readers of
committed data then see nothing from there on, until the next marker of the same producer ends it
together with a transaction of its own, whichever way that one ends. Taken for an empty changelog,
it would let a partition be derived again whose rows come to light later.

So a new owner looks before it reads. Nobody else writes to its partitions of the log, the dead
letters and the changelog: what is still open there once the former owner is fenced is hanging.
Where nothing else of it counts as committed it is aborted; half a transaction is refused.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import NamedTuple, Protocol

import orjson
from confluent_kafka import Consumer, Message, TopicPartition

from producers.kafka import Topics
from stream import restore, scan
from stream.watermark import OtherFormat

log = logging.getLogger("baton.worker")

_PATIENCE = 5.0  # seconds until what is open counts as hanging; markers take milliseconds
_EVERY = 0.2
_BEFORE = 1000  # offsets before the open part in which its last committed message is looked for


class HalfCommitted(Exception):
    """Kafka has marked a transaction in some partitions alone; the text says what to do."""


class Ends(Protocol):
    """What ends a hanging transaction: a producer of the same transactional id."""

    def abort_in(self, topics: list[str]) -> None:
        """Write an abort marker to its partition of these topics."""


class Stretch(NamedTuple):
    """One partition of a topic: from `low`, committed up to `stable`, written up to `high`."""

    low: int
    stable: int
    high: int

    @property
    def open(self) -> bool:
        """Whether a transaction is open in it."""
        return self.stable < self.high


def end(kafka: Mapping[str, str], topics: Topics, partition: int, producer: Ends) -> None:
    """End what hangs in the partition; its former owner is fenced.

    Raises HalfCommitted where it must not be ended, and KafkaException.
    """
    names = [topics.log, topics.dead, topics.history]
    found = _settled(kafka, names, partition)
    hanging = [name for name in names if found[name].open]
    if not hanging:
        return
    mark = restore.watermarks(kafka, topics.history, [partition])[partition]
    if isinstance(mark, OtherFormat):
        raise mark
    covered = mark.offset if mark else -1
    for name in (topics.log, topics.dead):
        if halves(covered, *_around(kafka, name, partition, found[name])):
            raise HalfCommitted(
                f"partition {partition}: a broker's death has left half a transaction committed"
                f" (open in {', '.join(hanging)}); {restore.REBUILD}"
            )
    log.warning(
        "partition %d: aborting a transaction that a broker has left open in %s",
        partition,
        ", ".join(hanging),
    )
    producer.abort_in(hanging)
    found = _settled(kafka, names, partition)
    if any(each.open for each in found.values()):
        raise HalfCommitted(
            f"partition {partition}: a transaction of another producer is open in"
            f" {', '.join(name for name in names if found[name].open)}; end it with Kafka's"
            " kafka-transactions.sh, and start the worker again"
        )


def halves(covered: int, committed: int | None, hanging: int | None) -> bool:
    """Whether log or dead letters and changelog disagree about a transaction: the changelog covers
    events up to `covered`, the last committed and the first hanging message come of these."""
    return (committed is not None and committed > covered) or (
        hanging is not None and hanging <= covered
    )


def _settled(kafka: Mapping[str, str], names: list[str], partition: int) -> dict[str, Stretch]:
    """How far each is committed and written, once nothing is open or patience has ended."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        found = _stretches(kafka, names, partition)
        if not any(each.open for each in found.values()) or time.monotonic() > deadline:
            return found
        time.sleep(_EVERY)


def _stretches(kafka: Mapping[str, str], names: list[str], partition: int) -> dict[str, Stretch]:
    """Committed ends are asked first: what is written meanwhile is taken for open at worst."""
    asked = [TopicPartition(name, partition) for name in names]
    committed, written = (
        Consumer({**kafka, **scan.SETTINGS, "isolation.level": f"read_{each}"})
        for each in ("committed", "uncommitted")
    )
    try:
        stable = [scan.ends(committed, each)[1] for each in asked]
        whole = [scan.ends(written, each) for each in asked]
    finally:
        committed.close()
        written.close()
    return {
        name: Stretch(low, end, high)
        for name, end, (low, high) in zip(names, stable, whole, strict=True)
    }


def _around(
    kafka: Mapping[str, str], name: str, partition: int, at: Stretch
) -> tuple[int | None, int | None]:
    """Of which events the last committed message comes, and the first that hangs."""
    before = {partition: scan.Stretch(max(at.low, at.stable - _BEFORE), at.stable)}
    last: Message | None = None
    for messages in scan.read(kafka, name, before):
        last = messages[-1]
    first = None
    if at.open:
        start, high = {partition: at.stable}, {partition: at.high}
        first = scan.first(kafka, name, start, high, "read_uncommitted").get(partition)
    return _cause(last), _cause(first)


def _cause(message: Message | None) -> int | None:
    """The offset of the event that a row or a dead letter comes of."""
    if message is None:
        return None
    for header, value in message.headers() or ():
        if header == "baton.offset":
            return int(value)
    return int(orjson.loads(message.value())["version"]) // 2
