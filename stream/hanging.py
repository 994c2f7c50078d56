"""Hanging transactions: left open in a partition by a broker, and ended by nobody.

A broker that dies between deciding a transaction and marking it in the partitions can take it for
marked when it is back (seen with Apache Kafka 4.3.1, where topics had just been made). Readers of
committed data then see nothing from there on, until the next marker of the same producer ends it
together with a transaction of its own, whichever way that one ends. Taken for an empty changelog,
it would let a partition be derived again whose rows come to light later.

So nobody begins a transaction on top of one whose markers are missing (`marked`): it would be ended
with it, in some topics and not in others. And a new owner looks before it reads. Nobody else writes
to its partitions of the log, the dead letters and the changelog: what is still open there once the
former owner is fenced is hanging. Where nothing else of it counts as committed it is aborted; half
a transaction is refused.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Protocol

import orjson
from confluent_kafka import KafkaException, Message

from producers.kafka import Topics
from stream import restore, scan
from stream.extent import Extent, Gauge
from stream.watermark import OtherFormat

log = logging.getLogger("baton.worker")

_PATIENCE = 5.0  # seconds until what is open counts as hanging; markers take milliseconds
_FIRST, _LAST = 0.002, 0.2  # seconds between two looks, growing from one to the other
_BEFORE = 1000  # offsets before the open part in which its last committed message is looked for


class HalfCommitted(Exception):
    """Kafka has marked a transaction in some partitions alone; the text says what to do."""


class Ends(Protocol):
    """What ends a hanging transaction: a producer of the same transactional id."""

    def abort_in(self, topics: list[str]) -> None:
        """Write an abort marker to its partition of these topics."""


class Unmarked(Exception):
    """A decided transaction is without its markers; the text says what follows."""


def marked(gauge: Gauge, topics: Topics, partition: int) -> None:
    """Wait until the partition's last transaction has its markers; raises Unmarked where it does
    not get them, and keeps asking while Kafka does not answer."""
    names = written(topics)
    missing = [name for name, each in _settled(gauge, names, partition).items() if each.open]
    if missing:
        raise Unmarked(
            f"partition {partition}: Kafka has decided a transaction and not marked it in"
            f" {', '.join(missing)}; nothing may be written on top of it: the worker ends, and the"
            " next one ends the transaction before it reads"
        )


def end(
    kafka: Mapping[str, str], gauge: Gauge, topics: Topics, partition: int, producer: Ends
) -> None:
    """End what hangs in the partition; its former owner is fenced.

    Raises HalfCommitted where it must not be ended, and KafkaException.
    """
    names = written(topics)
    found = _settled(gauge, names, partition)
    hanging = [name for name in names if found[name].open]
    if not hanging:
        return
    mark = restore.watermarks(kafka, topics.history, [partition])[partition]
    if isinstance(mark, OtherFormat):
        raise mark
    covered = mark.offset if mark else -1
    for name in (topics.log, topics.dead):
        last, first = _around(kafka, name, partition, found[name])
        # Where retention took all that was committed, nobody can tell that none of it was this.
        untold = last is None and first is None and found[name].start > 0
        if untold or halves(covered, last, first):
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
    found = _settled(gauge, names, partition)
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


def written(topics: Topics) -> list[str]:
    """The topics to whose partitions the partition's owner alone writes."""
    return [topics.log, topics.dead, topics.history]


def _settled(gauge: Gauge, names: list[str], partition: int) -> dict[str, Extent]:
    """How far each is decided and written, once nothing is open or patience has ended."""
    deadline, pause = time.monotonic() + _PATIENCE, _FIRST
    while True:
        found = _answered(gauge, names, partition)
        if not any(each.open for each in found.values()) or time.monotonic() > deadline:
            return found
        time.sleep(pause)
        pause = min(2 * pause, _LAST)


def _answered(gauge: Gauge, names: list[str], partition: int) -> dict[str, Extent]:
    while True:
        try:
            found = gauge.everywhere([(name, partition) for name in names])
            return {name: extent for (name, _), extent in found.items()}
        except KafkaException as error:
            if not scan.passes(error):
                raise
            log.warning("partition %d: waiting for Kafka: %s", partition, error.args[0])


def _around(
    kafka: Mapping[str, str], name: str, partition: int, at: Extent
) -> tuple[int | None, int | None]:
    """Of which events the last committed message comes, and the first that hangs."""
    before = {partition: scan.Stretch(max(at.start, at.stable - _BEFORE), at.stable)}
    last: Message | None = None
    for messages in scan.read(kafka, name, before):
        last = messages[-1]
    first = None
    if at.open:
        start, end = {partition: at.stable}, {partition: at.end}
        first = scan.first(kafka, name, start, end, "read_uncommitted").get(partition)
    return _cause(last), _cause(first)


def _cause(message: Message | None) -> int | None:
    """The offset of the event that a row or a dead letter comes of."""
    if message is None:
        return None
    for header, value in message.headers() or ():
        if header == "baton.offset":
            return int(value)
    return int(orjson.loads(message.value())["version"]) // 2
