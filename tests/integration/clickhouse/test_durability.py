"""SIGKILL in the middle of inserts: what was acknowledged is there, whole, and once.

A Null table feeds two views' tables, as Baton's landing table does. Every insert carries a token;
after the kill, what was not acknowledged is sent again with its token.
"""

from __future__ import annotations

import random
import signal
import threading
from pathlib import Path

import httpx
import pytest

from tests.integration.clickhouse import local_server
from tests.integration.clickhouse.local_server import LocalServer

pytestmark = pytest.mark.server

ROWS = 2_000
WRITERS = 3
TARGETS = {"log": "count()", "counts": "sum(rows)"}
SCHEMA = """
CREATE TABLE landing (batch UInt64, number UInt64) ENGINE = Null;
CREATE TABLE log (batch UInt64, number UInt64) ENGINE = MergeTree ORDER BY (batch, number)
    SETTINGS non_replicated_deduplication_window = 10000;
CREATE TABLE counts (batch UInt64, rows Int64) ENGINE = SummingMergeTree ORDER BY batch
    SETTINGS non_replicated_deduplication_window = 10000;
CREATE MATERIALIZED VIEW log_mv TO log AS SELECT batch, number FROM landing;
CREATE MATERIALIZED VIEW counts_mv TO counts AS
    SELECT batch, toInt64(count()) AS rows FROM landing GROUP BY batch
"""


def _insert(server: LocalServer, batch: int) -> bool:
    """Send a batch; whether it was acknowledged."""
    rows = "".join(f'{{"batch":{batch},"number":{number}}}\n' for number in range(ROWS))
    params = {
        "query": "INSERT INTO landing FORMAT JSONEachRow",
        "insert_deduplication_token": f"batch-{batch}",
        "deduplicate_blocks_in_dependent_materialized_views": "1",
    }
    try:
        return server.send(rows, **params).status_code == 200
    except httpx.TransportError:
        return False


def _held(server: LocalServer, table: str, value: str) -> dict[int, int]:
    text = server.ask(f"SELECT batch, {value} FROM {table} GROUP BY batch")
    return {int(a): int(b) for a, b in (line.split("\t") for line in text.splitlines())}


def _write_until_killed(
    server: LocalServer, numbers: list[int], acknowledged: set[int], after: float
) -> set[int]:
    """Insert from several threads until the server dies; the batches it left without an answer."""
    pending: set[int] = set()

    def write(mine: list[int]) -> None:
        for batch in mine:
            if not _insert(server, batch):
                pending.add(batch)
                return
            acknowledged.add(batch)

    threads = [threading.Thread(target=write, args=(numbers[n::WRITERS],)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    threading.Event().wait(after)  # the moment of the kill is what is random here
    server.stop(signal.SIGKILL)
    for thread in threads:
        thread.join()
    return pending


def _kill_rounds(directory: Path, rounds: int, seed: int) -> None:
    chance = random.Random(seed)
    acknowledged: set[int] = set()
    pending: set[int] = set()
    with local_server.running(directory) as server:
        for statement in SCHEMA.split(";"):
            server.ask(statement)
    for number in range(rounds):
        batches = list(range(number * 1000, number * 1000 + 500))
        with local_server.running(directory) as server:
            assert all(_insert(server, batch) for batch in pending), f"round {number}, seed {seed}"
            acknowledged |= pending
            _assert_exact(server, acknowledged)
            moment = chance.uniform(0.02, 0.6)
            pending = _write_until_killed(server, batches, acknowledged, moment)
        with local_server.running(directory) as server:
            _assert_none_lost(server, acknowledged, pending)
    assert acknowledged


def _assert_exact(server: LocalServer, acknowledged: set[int]) -> None:
    for table, value in TARGETS.items():
        assert _held(server, table, value) == dict.fromkeys(acknowledged, ROWS), table


def _assert_none_lost(server: LocalServer, acknowledged: set[int], pending: set[int]) -> None:
    for table, value in TARGETS.items():
        held = _held(server, table, value)
        assert {batch: held.get(batch) for batch in acknowledged} == dict.fromkeys(
            acknowledged, ROWS
        ), table
        assert held.keys() <= acknowledged | pending, table


def test_killed_three_times(tmp_path: Path) -> None:
    _kill_rounds(tmp_path, 3, seed=1)


@pytest.mark.faults
@pytest.mark.timeout(1200)
def test_killed_fifty_times(tmp_path: Path) -> None:
    _kill_rounds(tmp_path, 50, seed=2)
