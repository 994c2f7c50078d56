"""What queries/README.md says to BI tools, followed to the letter.

The sample is loaded, `bi` logs in as described, and each query has the answer that DuckDB and
Python find in the sample's file.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import quantiles
from typing import Any

import pytest
from clickhouse_connect import get_client
from clickhouse_connect.driver.client import Client
from sqlalchemy import create_engine, text

from producers.event import Source
from tests.integration.test_up import Stack
from tests.oracle.sample import ASSIGNMENTS, Assignment, assignments
from tests.support import wait_for

pytestmark = pytest.mark.server
README = Path(__file__).parents[2] / "queries" / "README.md"
BI = README.read_text(encoding="utf-8").split("## BI tools")[1]
BY_SOURCE, PASSED_ON, WAITED, ONE_CONVERSATION, QUICKLY = re.findall(
    r"```sql\n(.*?)```", BI, re.DOTALL
)
Rows = list[tuple[Any, ...]]


@dataclass
class Tool:
    """What a BI tool is told: where ClickHouse is and the password of `bi`."""

    port: int
    password: str
    client: Client

    def rows(self, query: str) -> Rows:
        return [tuple(row) for row in self.client.query(query).result_rows]

    def told(self, example: str) -> str:
        """An example of the README with what is one's own put in."""
        for stands, own in (("8123", str(self.port)), ("PASSWORD", self.password)):
            example = example.replace(stands, own)
        return example.replace('password="..."', f'password="{self.password}"')


@pytest.fixture(scope="module")
def bi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tool]:
    """The user `bi` of a stack that holds the sample."""
    stack = Stack(tmp_path_factory.mktemp("bi"))
    try:
        for words in (("up", "--all"), ("send", "sample")):
            code, output = stack.run(*words)
            assert code == 0, output
        yield connected(json.loads(stack.run("status", "--json")[1]))
    finally:
        stack.run("down")


def connected(status: dict[str, Any]) -> Tool:
    (port,) = (
        one["ports"]["clickhouse"] for one in status["processes"] if "clickhouse" in one["ports"]
    )
    users = tomllib.loads(Path(status["clickhouse_users"]).read_text())["users"]
    password = users["bi"]["password"]
    client = get_client(
        host="127.0.0.1", port=port, username="bi", password=password, database="baton"
    )
    tool = Tool(port, password, client)
    counted = (
        "SELECT sum(assignments), (SELECT count() FROM assignments) FROM assignments_by_source"
    )
    wait_for(lambda: tool.rows(counted) == [(ASSIGNMENTS, ASSIGNMENTS)], deadline=120)
    return tool


def test_last_months_contacts_by_source(bi: Tool) -> None:
    counts = Counter(row.source for row in assignments() if row.occurred_at.month == 3)
    total = counts.total()
    expected = [(source, n, round(100 * n / total, 1)) for source, n in counts.most_common()]
    assert len(expected) > 1
    assert bi.rows(BY_SOURCE) == expected


def test_who_passes_on_to_whom(bi: Tool) -> None:
    pairs = Counter(
        (row.previous_assignee_id, row.assigned_to_id)
        for row in assignments()
        if row.previous_assignee_id and row.assigned_to_id
    )
    expected = sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0]))
    assert bi.rows(PASSED_ON) == [(*pair, n) for pair, n in expected[:20]]


def test_how_long_a_contact_waits_with_nobody(bi: Tool) -> None:
    waits = [seconds(row) / 3600 for row in assignments() if waited(row)]
    hundredths = quantiles(waits, n=100, method="inclusive")
    ((count, hours),) = bi.rows(WAITED)
    assert count == len(waits) > 1
    assert hours == pytest.approx([hundredths[at - 1] for at in (50, 90, 99)])


def test_the_hands_of_one_conversation(bi: Tool) -> None:
    hands = [row for row in assignments() if row.contact_id == "INC0001419"]
    expected = [
        (row.occurred_at, row.assigned_to_id or "-", Source(row.source).label, row.actor_id)
        for row in hands
    ]
    found = bi.rows(ONE_CONVERSATION)
    assert len(found) == 6
    assert [(since.replace(tzinfo=UTC), who, *how) for since, who, _, *how in found] == expected
    assert [held for _, _, held, *_ in found[:-1]] == [seconds(row) for row in hands[1:]]


def test_who_hands_over_to_a_team_that_passes_on_within_five_minutes(bi: Tool) -> None:
    log = assignments()
    times = Counter(over(row) for row in log if row.assigned_to_team_id)
    quickly = Counter(
        over(row)
        for row, then in pairwise(log)
        if row.assigned_to_team_id and row.contact_id == then.contact_id
        if then.assigned_to_id and seconds(then) < 300
    )
    found = bi.rows(QUICKLY)
    assert found
    assert "Workflow" not in {row[0] for row in found}, "README says that none does"
    assert {row[:3]: row[3:] for row in found} == {
        who: (times[who], passed_on) for who, passed_on in quickly.items()
    }
    assert [row[-1] for row in found] == sorted(quickly.values(), reverse=True)


def waited(row: Assignment) -> bool:
    return not row.previous_assignee_id and row.previous_since is not None


def seconds(row: Assignment) -> float:
    """How long the hold that this row ends has lasted."""
    assert row.previous_since
    return (row.occurred_at - row.previous_since).total_seconds()


def over(row: Assignment) -> tuple[str, str, str]:
    """Who or what handed over, and to which team."""
    return Source(row.source).label, row.actor_id, row.assigned_to_team_id


def test_the_times_for_ones_own_report_are_some(bi: Tool) -> None:
    periods = re.findall(r"`([^`\n]*now\([^`\n]*)`\s+and\s+`([^`\n]*now\([^`\n]*)`", BI)
    assert len(periods) == 2
    for begins, ends in periods:
        own = BY_SOURCE.replace("'2016-03-01'", begins).replace("'2016-04-01'", ends)
        assert own.count("now(") == 2
        assert bi.rows(own) == []  # the sample is older
        ((first, last),) = bi.rows(f"SELECT toDateTime({begins}), toDateTime({ends})")
        assert first < last <= datetime.now(UTC).replace(tzinfo=None)


def test_the_notebook_gets_a_frame(bi: Tool) -> None:
    (snippet,) = re.findall(r"```python\n(.*?)```", BI, re.DOTALL)
    there: dict[str, Any] = {}
    exec(bi.told(snippet), there)
    assert len(there["frame"]) == 1000
    events = {str(row[0]) for row in bi.rows("SELECT event_id FROM assignments")}
    assert set(map(str, there["frame"]["event_id"])) <= events
    there["client"].close()


def test_supersets_address_is_one(bi: Tool) -> None:
    (address,) = re.findall(r"`(clickhousedb://[^`]+)`", BI)
    with create_engine(bi.told(address)).connect() as connection:
        assert connection.execute(text("SELECT count() FROM assignments")).scalar() == ASSIGNMENTS


def test_every_column_is_described_to_bi(bi: Tool) -> None:
    assert all(row[4] for row in bi.rows("DESCRIBE TABLE assignments"))
