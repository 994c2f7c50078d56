"""ClickHouse as the sink's target: inserts under a token, and the check that the token works."""

from __future__ import annotations

import logging
from typing import Any

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from sink import chain
from sink.checks import UnsafeTarget, check
from sink.clickhouse import ClickHouseUnusable, Settings, connect, quoted
from sink.generations import Generation, State, known
from sink.plan import Insert
from sink.ranges import Source
from sink.refusal import Impossible, Refusal, Refused
from sink.writer import Unavailable

TIMEOUT = 120
"""Seconds an insert of one batch may take (usually below one) before it is repeated. Well below
the consumer's `max.poll.interval.ms`, so that a slow ClickHouse costs no rebalance."""

DATA_FAULTS = frozenset({6, 16, 25, 26, 27, 38, 41, 53, 62, 69, 70, 72, 117, 130, 349, 376, 469})
"""Codes of ClickHouse that say that rows or tables do not fit: waiting would change nothing."""

log = logging.getLogger("baton.sink")


class ClickHouseTarget:
    """Inserts into the landing table of a generation. Connects when first needed, and anew after an
    error; every connection is checked before anything is written over it."""

    def __init__(self, address: Settings, timeout: int = TIMEOUT, *, generation: int = 1) -> None:
        self._address = address
        self._generation = generation
        self._place = Generation(generation, State.LIVE, address.database)
        self._timeout = timeout
        self._client: Client | None = None
        self._settings: dict[str, Any] = {}

    def registered(self, topic: str, partition: int) -> set[str]:
        """See `writer.Target`; raises UnsafeTarget too."""
        sql = (
            "SELECT DISTINCT topic_id FROM sink_partitions "
            "WHERE topic = {topic:String} AND partition = {partition:UInt32}"
        )
        client = self._connected()
        try:
            found = client.query(sql, parameters={"topic": topic, "partition": partition})
        except (ClickHouseError, OSError) as error:
            raise self._unavailable(error) from error
        return {str(row[0]) for row in found.result_rows}

    def register(self, source: Source) -> None:
        """See `writer.Target`."""
        client = self._connected()
        try:
            client.insert(
                "sink_partitions",
                [[source.topic, source.topic_id, source.partition]],
                column_names=["topic", "topic_id", "partition"],
                settings={"async_insert": 0},
            )
        except (ClickHouseError, OSError) as error:
            raise self._unavailable(error) from error

    def asks_to_wait(self) -> bool:
        """See `writer.Target`."""
        client = self._connected()
        try:
            return chain.is_paused(client, self._address.database) or chain.is_asked(
                client, self._place.database, self._place.landing
            )
        except (ClickHouseError, OSError) as error:
            raise self._unavailable(error) from error

    def insert(self, insert: Insert) -> None:
        """See `writer.Target`."""
        client = self._connected()
        try:
            client.raw_insert(
                f"{quoted(self._place.database)}.{quoted(self._place.landing)}",
                insert_block=b"\n".join(insert.values),
                fmt="JSONEachRow",
                settings=self._settings | {"insert_deduplication_token": insert.token},
            )
        except (ClickHouseError, OSError) as error:
            if getattr(error, "code", None) in DATA_FAULTS:
                raise Refused(_rejected(insert, error)) from error
            raise self._unavailable(error) from error

    def close(self) -> None:
        """Let go of the connection."""
        if self._client is not None:
            self._client.close()
        self._client = None

    def _connected(self) -> Client:
        if self._client is None:
            try:
                client = connect(self._address, timeout=self._timeout)
            except ClickHouseUnusable as problem:
                raise Unavailable(str(problem)) from None
            self._client = client
            try:
                self._place = self._found(client)
                self._settings = check(client, self._place)
            except (ClickHouseError, OSError) as error:
                raise self._unavailable(error) from error
            except UnsafeTarget:
                self.close()
                raise
        return self._client

    def _found(self, client: Client) -> Generation:
        """Where the generation's landing table is; raises Unavailable while it is held."""
        found = known(client)
        place = found.get(self._generation)
        if place is None or place.state is State.DROPPED:
            raise UnsafeTarget(
                [f"there is no generation {self._generation}: see `baton replay list`"]
            )
        exchanging = any(each.state is State.EXCHANGING for each in found.values())
        if exchanging or chain.is_held(client, place.database, place.landing):
            self.close()
            raise Unavailable("held for a moment by `baton replay` or `baton reconcile`")
        return place

    def _unavailable(self, error: Exception) -> Unavailable:
        self.close()
        text = str(error).strip() or type(error).__name__
        if self._address.password:
            text = text.replace(self._address.password, "***")
        return Unavailable(f"{self._address.shown}: {text}")


def _rejected(insert: Insert, error: Exception) -> Refusal:
    evidence = f"offsets {insert.range}: {str(error)[:500]}"
    return Refusal(Impossible.REJECTED, insert.source, evidence, insert.range.last + 1)
