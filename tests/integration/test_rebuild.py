"""A backfill older than the horizon: rebuilt under a longer one, compared, exchanged, dropped."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from confluent_kafka.admin import AdminClient

from deploy.local import process, services
from deploy.local.home import Home, free_port
from producers.kafka import Topics, client_config
from sink.clickhouse import connect
from tests.integration.derivation import read
from tests.integration.test_state_gone import made_anew
from tests.oracle.assignments import Said, expected
from tests.servers import stop_all
from tests.support import wait_for

pytestmark = [pytest.mark.server, pytest.mark.faults, pytest.mark.timeout(600)]

NOW = datetime(2026, 11, 1, tzinfo=UTC)
LONG_AGO = datetime(2026, 7, 1, tzinfo=UTC)
HORIZON = 200

Log = dict[str, tuple[str, int | None]]
"""Event to previous assignee and since when (ms since 1970)."""


def baton(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "baton", *arguments], capture_output=True, text=True, timeout=240
    )


def does(*arguments: str) -> dict[str, Any]:
    done = baton(*arguments, "--execute", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    answer: dict[str, Any] = orjson.loads(done.stdout)
    return answer["result"]  # type: ignore[no-any-return]


def events(count: int, start: datetime, seed: int) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    return [event(chance, start + timedelta(minutes=minute)) for minute in range(count)]


def event(chance: random.Random, at: datetime) -> dict[str, Any]:
    agent = chance.choice(["a1", "a2", "a3", None])
    return {
        "event_id": str(UUID(int=chance.getrandbits(128))),
        "event_type": "contact.assignee.updated",
        "workspace_id": "w",
        "contact_id": f"c{chance.randrange(40)}",
        "contact_name": "Zoë",
        "conversation_id": "v",
        "occurred_at": at.isoformat(),
        "assigned_to": {"id": agent, "name": agent.upper()} if agent else None,
        "source": "user",
    }


def oracle(arrivals: list[dict[str, Any]], days: float) -> Log:
    """By sorting and looking one row back."""
    found: Log = {}
    for contact in {each["contact_id"] for each in arrivals}:
        said = [
            Said(
                offset,
                each["event_id"],
                datetime.fromisoformat(each["occurred_at"]),
                None,
                True,
                (each["assigned_to"]["id"], "") if each["assigned_to"] else None,
            )
            for offset, each in enumerate(arrivals)
            if each["contact_id"] == contact
        ]
        for identity, ended in expected(said, timedelta(days=days), 10_000).log.items():
            began = int(ended.since.timestamp() * 1000) if ended.since else None
            found[identity] = (ended.holder[0] if ended.holder else "", began)
    return found


def log() -> Log:
    """What readers see."""
    with connect() as client:
        rows = client.query(
            "SELECT toString(event_id), previous_assignee_id,"
            " toUnixTimestamp64Milli(previous_since) FROM assignments"
        ).result_rows
    return {event: (holder, since) for event, holder, since in rows}


def file(path: Path, lines: list[dict[str, Any]]) -> str:
    path.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    return str(path)


@pytest.fixture
def live(topics: Topics, database: str) -> Iterator[Home]:
    """A worker and a sink of the first generation, at work."""
    home = Home.from_environment()
    try:
        services.start_worker(home, "worker-1", free_port())
        services.start_sink(home)
        yield home
    finally:
        stop_all(home)
        with connect() as client:
            for number in (1, 2):
                client.command(f"DROP DATABASE IF EXISTS {database}_g{number}")


def test_a_backfill_older_than_the_horizon(live: Home, topics: Topics, tmp_path: Path) -> None:
    new, old = events(600, NOW, seed=1), events(200, LONG_AGO, seed=2)
    short, long = oracle(new, 30), oracle([*new, *old], HORIZON)
    assert baton("send", file(tmp_path / "new.jsonl", new)).returncode == 0
    wait_for(lambda: log() == short, 60, every=0.5)
    backfill = "--input", file(tmp_path / "old.jsonl", old), "--horizon", str(HORIZON)
    refused = baton("replay", "rebuild", *backfill[:2], "--horizon", "0")
    assert refused.returncode == 2
    generation = str(does("replay", "rebuild", *backfill)["generation"])
    does("replay", "rebuild", *backfill)
    assert len(read(topics.dead)) == len(old), "sent once, and once too old in the live one"
    other = baton("replay", "rebuild", "--horizon", "90")
    assert (other.returncode, "begun with a horizon" in other.stderr) == (1, True)
    compared = orjson.loads(baton("replay", "compare", generation, "--json").stdout)
    assert (compared["only_old"], compared["only_new"], compared["changed"]) == (
        len(short.keys() - long.keys()),
        len(long.keys() - short.keys()),
        sum(short[each] != long[each] for each in short.keys() & long.keys()),
    )
    does("replay", "exchange", generation)
    assert log() == long
    does("replay", "undo")
    assert log() == short
    assert baton("replay", "drop", "1").returncode == 1
    _drops(live, generation, topics)


def test_state_that_is_gone_is_derived_anew(live: Home, topics: Topics, tmp_path: Path) -> None:
    before, after = events(300, NOW, seed=1), events(100, NOW + timedelta(days=1), seed=2)
    assert baton("send", file(tmp_path / "before.jsonl", before)).returncode == 0
    wait_for(lambda: log() == oracle(before, 30), 60, every=0.5)
    (worker,) = (each for each in process.find_all(live) if each.name == "worker-1")
    process.stop(live, worker)
    made_anew(topics, topics.history)
    assert baton("send", file(tmp_path / "after.jsonl", after)).returncode == 0
    generation = str(does("replay", "rebuild")["generation"])
    compared = orjson.loads(baton("replay", "compare", generation, "--json").stdout)
    assert [compared[each] for each in ("only_old", "only_new", "changed")] == [0, 0, 0]
    does("replay", "exchange", generation)
    assert log() == oracle([*before, *after], 30)


def _drops(home: Home, generation: str, topics: Topics) -> None:
    does("replay", "drop", generation)
    does("replay", "drop", generation)
    admin = AdminClient(client_config())
    ending = f".g{generation}"
    assert not [name for name in admin.list_topics(timeout=10).topics if ending in name]
    groups = [each.group_id for each in admin.list_consumer_groups().result().valid]
    mine = [name for name in groups if name.startswith(topics.prefix)]
    assert not [name for name in mine if name.endswith(f"baton-worker{ending}")]
    assert not [name for name in mine if name.endswith(f"baton-sink{ending}")]
    with connect() as client:
        found = client.query("SELECT name FROM system.databases").result_rows
        database = client.query("SELECT currentDatabase()").first_row[0]
    assert f"{database}_g{generation}" not in {name for (name,) in found}
    assert not list(home.path.glob(f"*/*/*g{generation}"))
    assert not list(home.path.glob(f"backfill/g{generation}.*"))
    listed = orjson.loads(baton("replay", "list", "--json").stdout)
    assert [each["generation"] for each in listed] == [1]
