"""The report once more, beside the live one: written from the whole of `assignment-log`.

It lies in a database of its own. How far it has come is kept there, as an intent before each insert
and as done after it, so that loading goes on where it was left and no row is there twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sink import chain
from sink.clickhouse import Settings, connect, create_database, quoted
from sink.generations import LANDING
from sink.settings import wanted
from stream import faults, scan

OFFSETS = 50_000
"""Offsets of a partition in one insert."""

_PROGRESS = """
CREATE TABLE IF NOT EXISTS shadow_progress
(
    topic_id String, partition UInt32, first UInt64, next UInt64, done UInt8,
    written_at DateTime64(9) DEFAULT now64(9)
)
ENGINE = MergeTree ORDER BY (partition, written_at)
"""


@dataclass(frozen=True)
class Chunk:
    """Offsets from `first` on and below `next`; `done` once they are written."""

    first: int
    next: int
    done: bool


class Shadow:
    """The tables beside, and the loading of them."""

    def __init__(self, live: Settings, kafka: Mapping[str, str], topic: str, topic_id: str) -> None:
        self.database = f"{live.database}_shadow"
        place = Settings(
            live.host, live.port, live.username, live.password, self.database, live.secure
        )
        create_database(place)
        self._client = connect(place)
        self._settings = wanted(self._client.server_settings)
        self._kafka, self._topic, self._topic_id = kafka, topic, topic_id
        self._prepare()

    def _prepare(self) -> None:
        self._client.command(_PROGRESS)
        others = self._client.query(
            "SELECT count() FROM shadow_progress WHERE topic_id != {id:String}",
            parameters={"id": self._topic_id},
        ).result_rows[0][0]
        if others:
            self._client.command(f"DROP DATABASE {quoted(self.database)} SYNC")
            self._client.command(f"CREATE DATABASE {quoted(self.database)}")
            self._client.command(_PROGRESS)
        chain.create_tables(self._client)
        chain.create_chain(self._client, LANDING)

    def load(self, until: Mapping[int, int]) -> Iterator[int]:
        """Write what lies before the offset `until` of each partition, yielding how many offsets
        each step took; raises ClickHouse's and Kafka's errors."""
        for partition, end in until.items():
            chunk = self._last(partition)
            if not chunk.done:
                yield self._write(partition, chunk)
            first = chunk.next
            while first < end:
                chunk = Chunk(first, min(first + OFFSETS, end), done=False)
                yield self._write(partition, chunk)
                first = chunk.next

    def next(self, partition: int) -> int:
        """The offset up to which the partition was begun or is written."""
        return self._last(partition).next

    def _last(self, partition: int) -> Chunk:
        rows = self._client.query(
            "SELECT first, next, done FROM shadow_progress WHERE partition = {partition:UInt32} "
            "ORDER BY next DESC, done DESC LIMIT 1",
            parameters={"partition": partition},
        ).result_rows
        return Chunk(rows[0][0], rows[0][1], bool(rows[0][2])) if rows else Chunk(0, 0, done=True)

    def _write(self, partition: int, chunk: Chunk) -> int:
        if not chunk.done:
            self._note(partition, chunk)
        stretch = {partition: scan.Stretch(chunk.first, chunk.next)}
        found = scan.read(self._kafka, self._topic, stretch)
        values = [message.value() for messages in found for message in messages]
        if values:
            token = f"{self._topic_id}/{partition}/{chunk.first}-{chunk.next}"
            self._client.raw_insert(
                LANDING,
                insert_block=b"\n".join(values),
                fmt="JSONEachRow",
                settings=self._settings | {"insert_deduplication_token": token},
            )
        faults.point("shadow.inserted")
        self._note(partition, Chunk(chunk.first, chunk.next, done=True))
        return chunk.next - chunk.first

    def _note(self, partition: int, chunk: Chunk) -> None:
        row = [self._topic_id, partition, chunk.first, chunk.next, int(chunk.done)]
        names = ["topic_id", "partition", "first", "next", "done"]
        self._client.insert("shadow_progress", [row], column_names=names)

    def months(self, table: str) -> set[str]:
        """The partitions of a table that hold rows."""
        rows = self._client.query(
            "SELECT DISTINCT partition FROM system.parts "
            "WHERE database = currentDatabase() AND active AND table = {table:String}",
            parameters={"table": table},
        ).result_rows
        return {str(row[0]) for row in rows}

    def drop(self) -> None:
        """Take it away."""
        self._client.command(f"DROP DATABASE IF EXISTS {quoted(self.database)} SYNC")
        self.close()

    def close(self) -> None:
        """Let go of the connection; what was loaded stays for the next run."""
        self._client.close()
