"""Running `baton sink` as a process, feeding it, and comparing what came of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC
from uuid import uuid4

from confluent_kafka import Producer

from producers.kafka import Topics, client_config
from sink.clickhouse import ClickHouseUnusable, connect
from tests import recovery
from tests.assignment_rows import counts, in_clickhouse
from tests.oracle.assignments import Ended

SESSION = {"KAFKA_SESSION_TIMEOUT_MS": "6000", "KAFKA_HEARTBEAT_INTERVAL_MS": "1000"}
"""The shortest that brokers allow: a killed sink's partitions are taken over after it."""


def produce(topics: Topics, messages: Sequence[bytes], partition: int = -1) -> list[bytes]:
    """Write messages as the worker does: in transactions, with aborted ones in between."""
    producer = Producer({**client_config(), "transactional.id": uuid4().hex})
    producer.init_transactions()
    for part in range(0, len(messages), 500):
        producer.begin_transaction()
        producer.produce(topics.log, b"never to be seen", partition=max(0, partition))
        producer.flush()
        producer.abort_transaction()
        producer.begin_transaction()
        for number, message in enumerate(messages[part : part + 500]):
            where = partition if partition >= 0 else number % 4
            producer.produce(topics.log, message, partition=where)
            producer.poll(0)
        producer.commit_transaction()
    return list(messages)


def start(*arguments: str, fault: str = "", **environment: str) -> subprocess.Popen[str]:
    """`baton sink` in the background; `fault` is a fault point (`stream/faults.py`)."""
    return subprocess.Popen(
        [sys.executable, "-m", "baton", "sink", *arguments],
        env={**os.environ, **SESSION, "BATON_FAULT": fault, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(
    *arguments: str, fault: str = "", timeout: float = 90, **environment: str
) -> tuple[int, str]:
    """Exit code and output of `baton sink`, by default until it has caught up."""
    process = start(*(arguments or ("--until-caught-up",)), fault=fault, **environment)
    try:
        output, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        raise AssertionError(f"not done in {timeout} s: {process.communicate()[0]}") from None
    return process.returncode, output


def catch_up(**environment: str) -> str:
    """Let a sink write all there is; its output."""
    with recovery.measured("the sink has caught up"):
        code, output = run(**environment)
        assert code == 0, output
    return output


def held() -> dict[str, int]:
    """What each table holds in all."""
    sums = {
        table: "uniqExact(event_id)" if table == "assignment_log" else "sum(assignments)"
        for table in in_clickhouse([])
    }
    with connect() as client:
        return {
            table: int(client.query(f"SELECT {total} FROM {table}").first_row[0])
            for table, total in sums.items()
        }


def log() -> dict[str, Ended]:
    """The log as it counts: event id to the hold that it ended."""
    began = "began_source, began_actor_id, began_team_id"
    columns = f"event_id, previous_assignee_id, previous_assignee_name, previous_since, {began}"
    with connect() as client:
        rows = client.query(f"SELECT {columns} FROM assignment_log FINAL").result_rows
    return {
        str(event): Ended(
            (holder, name) if holder else None,
            since and since.replace(tzinfo=UTC),
            *(text or None for text in began),
        )
        for event, holder, name, since, *began in rows
    }


def counted(messages: int) -> bool:
    """Whether the counts add up to so many; not while ClickHouse does not answer."""
    try:
        return held()["source_counts"] == messages
    except ClickHouseUnusable:
        return False


def assert_exact(messages: Sequence[bytes]) -> None:
    """Every message counts once, in every table, under what it says."""
    assert held() == in_clickhouse(messages)
    with connect() as client:
        found = client.query(
            "SELECT workspace_id, source, toBool(is_unassignment), sum(assignments) AS total "
            "FROM source_counts GROUP BY ALL HAVING total != 0"
        ).result_rows
    assert {tuple(each[:-1]): each[-1] for each in found} == dict(counts(messages))
