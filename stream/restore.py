"""Bringing a local copy of a partition's histories up to date from `contact-history`."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from producers.kafka import Topics
from stream import clients, scan, watermark
from stream.history import Horizon
from stream.store import Store, split_key
from stream.topics import TOMBSTONES_KEPT_MS, identity
from stream.watermark import OtherFormat, Watermark

log = logging.getLogger("baton.worker")

REBUILD = "derive anew, beside what is there, with `baton replay rebuild --execute`, and exchange"
"""The way out where the state is gone."""

_CHUNK = 10_000
_TAIL = 100  # a transaction ends with its watermark, and is followed by a marker


class Lost(Exception):
    """Records of the changelog were deleted, and no local copy has them; the text says which."""


def open_store(path: Path, horizon: Horizon) -> Store:
    """The local copy; one that cannot be read is thrown away, for the changelog has it all."""
    try:
        return Store(path, horizon)
    except Exception as error:  # rocksdict raises bare Exceptions
        log.warning("local state %s cannot be read, restoring it anew: %s", path, error)
        shutil.rmtree(path, ignore_errors=True)
        return Store(path, horizon)


def catch_up(store: Store, kafka: Mapping[str, str], topic: str, partition: int) -> int:
    """Read the changelog from where the copy stands to its end; returns the records read.

    To be called once the partition's former owner is fenced, so that the end stays where it is.
    Raises OtherFormat, nothing read, where another version has gone on in a format of its own, and
    Lost where the changelog begins after its first record: compaction alone leaves its start.
    """
    consumer = clients.reader(kafka, auto_offset_reset="error")
    try:
        low, high = scan.ends(consumer, TopicPartition(topic, partition))
        source = identity(kafka, topic)
        newest = _newest(consumer, topic, partition, low, high)
        if not _usable(store, source, low, high) or (low == 0 and _ahead(store.watermark, newest)):
            log.info("partition %d: no usable local copy, restoring all of it", partition)
            store.wipe()
            if low > 0:
                raise Lost(
                    f"partition {partition} of {topic} begins at offset {low}: what came before was"
                    f" deleted, and no local copy has it; {REBUILD}"
                )
        store.source = source
        start = max(store.changelog, low)
        if start >= high:
            return 0
        consumer.assign([TopicPartition(topic, partition, start)])
        return _read(consumer, store)
    finally:
        consumer.close()


def derived_unmarked(kafka: Mapping[str, str], topics: Topics, partition: int) -> str | None:
    """Why a partition without a watermark must not be derived from its first event on: something of
    it is in the log or the dead letters. None where nothing is; raises KafkaException.

    A worker that died in its first transaction has left nothing committed. What retention has
    removed was there.
    """
    for topic in (topics.log, topics.dead):
        start, end = scan.whole(kafka, topic, [partition])[partition]
        if start > 0 or scan.first(kafka, topic, {partition: start}, {partition: end}):
            return (
                f"{topic} holds what was derived from it, and {topics.history}, which would say how"
                f" far, was deleted or emptied: all of it would be derived twice; {REBUILD}"
            )
    return None


def watermarks(
    kafka: Mapping[str, str], topic: str, numbers: Sequence[int] | None = None
) -> dict[int, Watermark | OtherFormat | None]:
    """How far the state in each partition of a changelog (or in some) reaches, whoever owns it;
    None where there is none. Raises KafkaException."""
    consumer = clients.reader(kafka, auto_offset_reset="error")
    found: dict[int, Watermark | OtherFormat | None] = {}
    try:
        for number in scan.partitions(kafka, topic) if numbers is None else numbers:
            ends = scan.ends(consumer, TopicPartition(topic, number))
            try:
                found[number] = _newest(consumer, topic, number, *ends)
            except OtherFormat as other:
                found[number] = other
        return found
    finally:
        consumer.close()


def _newest(
    consumer: Consumer, topic: str, partition: int, low: int, high: int
) -> Watermark | None:
    """The last watermark between two offsets; looked for from the end, near which it lies."""
    reach = _TAIL
    while low < high:
        start = max(low, high - reach)
        consumer.assign([TopicPartition(topic, partition, start)])
        marks, done = [], False
        while not done:
            messages = consumer.consume(_CHUNK, 0.05)
            done = any(_ended(message) for message in messages)
            marks += [m.value() for m in messages if not m.error() and m.key() == watermark.KEY]
        if marks:
            return Watermark.decode(marks[-1])
        if start == low:
            break
        reach *= 10
    return None


def _usable(store: Store, source: str, low: int, high: int) -> bool:
    # One that was never whole was never written, and counts as old.
    old = time.time() - store.written > TOMBSTONES_KEPT_MS / 2000
    # Another topic of the same name may have grown beyond what the copy has read of its own.
    return store.source == source and low <= store.changelog <= high and not old


def _ahead(copy: Watermark | None, newest: Watermark | None) -> bool:
    """Whether a copy says more than the changelog: Kafka has taken back what it had confirmed."""
    return copy is not None and (newest is None or copy.offset > newest.offset)


def _read(consumer: Consumer, store: Store) -> int:
    read, touched = 0, set[bytes]()
    mark, end, done = store.watermark, store.changelog, False
    while not done:
        found = consumer.consume(_CHUNK, 0.05)
        done = any(_ended(message) for message in found)
        messages = [message for message in found if message.error() is None]
        if not messages:
            continue
        read, end = read + len(messages), messages[-1].offset() + 1
        records = [(m.key(), m.value()) for m in messages if m.key() != watermark.KEY]
        marks = [m.value() for m in messages if m.key() == watermark.KEY]
        mark = Watermark.decode(marks[-1]) if marks else mark
        store.restore(records)
        touched.update(split_key(key)[0] for key, _ in records)
    if mark:
        store.restored(touched, mark, end, time.time())
    return read


def _ended(message: Message) -> bool:
    error = message.error()
    if error is None:
        return False
    if error.code() == KafkaError._PARTITION_EOF:
        return True
    failure = KafkaException(error)
    if scan.passes(failure):
        return False
    raise failure
