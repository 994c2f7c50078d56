"""The real sample, from its file to the report: every row as DuckDB computes it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from producers.kafka import Topics
from sink.clickhouse import connect
from tests.integration.derivation import is_now, read, wait_for, worker
from tests.oracle.sample import ASSIGNMENTS, UNASSIGNMENTS, Assignment, assignments

pytestmark = pytest.mark.server

SPAN = ["--workspace=service-desk", "--from=2016-02-29", "--to=2017-02-04", "--timezone=UTC"]


def baton(*arguments: str) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "baton", *arguments], capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_every_row_is_right_and_sending_twice_changes_nothing(
    topics: Topics, database: str, tmp_path: Path
) -> None:
    with worker(tmp_path) as running:
        baton("send", "sample")
        wait_for(lambda: len(is_now(topics)[0]) == ASSIGNMENTS, running.tail())
        assert in_topic(topics) == list(assignments())
        baton("sink", "--until-caught-up")
        assert in_clickhouse() == list(assignments())
        assert_report()
        baton("send", "sample")
        wait_for(lambda: _outcome(running.health(), "repeated") == 5998, running.tail())
        baton("sink", "--until-caught-up")
        assert in_clickhouse() == list(assignments())
        assert_report()
        assert is_now(topics)[1] == {}, "nothing of the sample is a dead letter"


def _outcome(health: dict[str, Any] | None, name: str) -> int:
    return int((health or {"outcomes": {}})["outcomes"].get(name, 0))


def in_topic(topics: Topics) -> list[Assignment]:
    """What the rows of `assignment-log` leave behind."""
    rows = [json.loads(message.value()) for message in read(topics.log)]
    found = {row["event_id"]: row for row in sorted(rows, key=lambda row: row["version"])}
    said = [_assignment(row) for row in found.values() if row["sign"] > 0]
    return sorted(said, key=lambda row: (row.contact_id, row.occurred_at, row.sequence))


def _assignment(row: dict[str, Any]) -> Assignment:
    for name in ("occurred_at", "previous_since"):
        row[name] = row[name] and datetime.fromisoformat(row[name])
    texts = {name: "" for name in Assignment._fields if name != "previous_since"}
    return Assignment(*(texts.get(n) if row[n] is None else row[n] for n in Assignment._fields))


def in_clickhouse() -> list[Assignment]:
    columns = ", ".join(Assignment._fields)
    order = "ORDER BY contact_id, occurred_at, sequence"
    rows = connect().query(f"SELECT {columns} FROM assignment_log FINAL {order}").result_rows
    return [Assignment(*(_in_utc(value) for value in row)) for row in rows]


def _in_utc(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def assert_report() -> None:
    report = json.loads(baton("report", *SPAN, "--json"))
    assert report["total"] == ASSIGNMENTS
    assert report["unassignments"] == UNASSIGNMENTS
    assert sum(source["count"] for source in report["sources"]) == ASSIGNMENTS
    assert sum(round(source["percent"] * 10) for source in report["sources"]) == 1000
    log = json.loads(baton("log", *SPAN, "--json"))
    rows = log["rows"] if isinstance(log, dict) else log
    newest = max(row.occurred_at for row in assignments())
    assert rows[0]["timestamp"][:16] == newest.isoformat()[:16]
