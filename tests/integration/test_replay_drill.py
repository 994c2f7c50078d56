"""The drill: wrong sources and garbage under a live feed, found, rebuilt, exchanged and undone."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
from confluent_kafka import Producer

from deploy.local import environment, process
from deploy.local.home import Home, free_port
from producers.event import key
from producers.kafka import client_config
from sink.clickhouse import connect
from tests.oracle.assignments import Said, expected
from tests.support import wait_for

pytestmark = [pytest.mark.server, pytest.mark.faults, pytest.mark.timeout(900)]

SOURCES = ("user", "workflow", "bot")
WRONG = "zapier"
CONTACTS = 200
SEED = 7


def baton(*arguments: str, timeout: float = 240) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "baton", *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def does(*arguments: str) -> dict[str, Any]:
    done = baton(*arguments, "--execute", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    answer: dict[str, Any] = orjson.loads(done.stdout)
    return answer["result"]  # type: ignore[no-any-return]


@dataclass
class Feed:
    """A producer whose clock is its own: event n happens n seconds after the start."""

    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    right: list[dict[str, Any]] = field(default_factory=list)
    wrong: list[dict[str, Any]] = field(default_factory=list)
    garbage: int = 0
    bad: bool = False
    stop: bool = False

    def run(self) -> None:
        producer = Producer({**client_config(), "partitioner": "murmur2_random"})
        while not self.stop:
            for _ in range(10):
                self.send(producer)
            producer.flush()
            time.sleep(0.1)

    def send(self, producer: Producer) -> None:
        event = self.event(len(self.right))
        self.right.append(event)
        said = event
        if self.bad:
            said = {**event, "source": WRONG}
            self.wrong.append(event)
            if len(self.wrong) % 100 == 0:
                self.garbage += 1
                producer.produce("assignment-events", b"{garbage", key("w", "c0"))
        where = key("w", event["contact_id"])
        producer.produce("assignment-events", orjson.dumps(said), where)

    def event(self, number: int) -> dict[str, Any]:
        at = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=number)
        agent = self.chance.choice(["a1", "a2", "a3", None])
        return {
            "event_id": str(UUID(int=self.chance.getrandbits(128))),
            "event_type": "contact.assignee.updated",
            "workspace_id": "w",
            "contact_id": f"c{self.chance.randrange(CONTACTS)}",
            "contact_name": "Zoë",
            "conversation_id": "v",
            "occurred_at": at.isoformat(),
            "assigned_to": {"id": agent, "name": agent.upper()} if agent else None,
            "source": self.chance.choice(SOURCES),
        }


@dataclass
class Readers:
    """Whoever polls the API: all different answers to one question, with how often each came."""

    url: str
    seen: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    stop: bool = False

    def run(self) -> None:
        with httpx.Client(timeout=30) as client:
            while not self.stop:
                answer = client.get(self.url)
                if answer.status_code == 200:
                    self.seen[counts(answer.json())] += 1
                elif answer.status_code != 429:
                    self.failures.append(f"{answer.status_code} {answer.text[:200]}")
                time.sleep(0.02)


def counts(report: dict[str, Any]) -> str:
    found = {each["source"]: each["count"] for each in report["sources"]}
    return orjson.dumps(found, option=orjson.OPT_SORT_KEYS).decode()


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A stack of its own, all of it, as `baton up --all` starts it."""
    home = Home(tmp_path / "drill")
    monkeypatch.setenv("BATON_HOME", str(home.path))
    for name in (environment.KAFKA, environment.CLICKHOUSE):
        monkeypatch.delenv(name)
    ports = [
        part
        for name in ("kafka", "clickhouse", "serve")
        for part in (f"--{name}-port", str(free_port()))
    ]
    started = baton("up", "--all", *ports)
    try:
        assert started.returncode == 0, started.stdout + started.stderr
        for name, address in environment.addresses(home).items():
            monkeypatch.setenv(name, address)
        yield home
    finally:
        baton("down")


def log() -> dict[str, tuple[str, str]]:
    """The log readers see: event to source and previous assignee."""
    with connect() as client:
        rows = client.query(
            "SELECT toString(event_id), source, previous_assignee_id FROM assignments"
        ).result_rows
    return {event: (source, previous) for event, source, previous in rows}


def oracle(events: list[dict[str, Any]]) -> dict[str, tuple[str, str]]:
    """The same by sorting and looking one row back."""
    by_contact: dict[str, list[Said]] = {}
    for offset, event in enumerate(events):
        holder = event["assigned_to"]
        said = Said(
            offset,
            event["event_id"],
            datetime.fromisoformat(event["occurred_at"]),
            None,
            True,
            (holder["id"], holder["name"]) if holder else None,
        )
        by_contact.setdefault(event["contact_id"], []).append(said)
    sources = {event["event_id"]: event["source"] for event in events}
    return {
        event: (sources[event], ended.holder[0] if ended.holder else "")
        for arrivals in by_contact.values()
        for event, ended in expected(arrivals, timedelta(days=30), 10_000).log.items()
    }


@contextmanager
def running(work: Feed | Readers) -> Iterator[None]:
    """Its loop in a thread of its own, ended at the end."""
    thread = threading.Thread(target=work.run)
    thread.start()
    try:
        yield
    finally:
        work.stop = True
        thread.join()


def question(stack: Home, until: datetime) -> str:
    """The report of the bad hours, which no later event touches."""
    serve = process.find(stack, "serve")
    assert serve is not None
    asked = f"workspace=w&timezone=UTC&from=2026-11-01T00:00:00Z&to={until:%Y-%m-%dT%H:%M:00Z}"
    return f"http://127.0.0.1:{serve.ports['serve']}/api/v1/summary?{asked}"


def a_bad_deploy(feed: Feed) -> datetime:
    """Right events, then wrong ones, then right ones again; all wrong ones are in the report."""
    wait_for(lambda: len(feed.right) > 300, 60)
    feed.bad = True
    wait_for(lambda: len(feed.wrong) > 500, 60)
    feed.bad = False
    newest = {event["event_id"] for event in feed.right[-20:]}
    wait_for(lambda: newest & log().keys(), 90)
    return datetime.fromisoformat(feed.wrong[-1]["occurred_at"])


def finds_and_drops_garbage(feed: Feed) -> None:
    found = orjson.loads(baton("dead-letters", "list", "--json").stdout)
    assert [(each["reason"], each["waiting"]) for each in found] == [("no_json", feed.garbage)]
    examined = baton("doctor", "--quiet")
    assert examined.returncode == 1, examined.stdout
    assert f"{feed.garbage} x no_json" in examined.stdout
    assert does("dead-letters", "drop", "--why", "a bad deploy")["dropped"] == feed.garbage


def rebuilds_and_compares(right: Path) -> str:
    generation = str(does("replay", "rebuild", "--correct", str(right))["generation"])
    compared = orjson.loads(baton("replay", "compare", generation, "--json").stdout)
    assert {each["source"] for each in compared["days"]} == {*SOURCES, WRONG}
    assert (compared["only_old"], compared["only_new"]) == (0, 0)
    assert compared["changed"] > 300
    return generation


def exchanges_undoes_and_exchanges(generation: str, readers: Readers, before: str) -> set[str]:
    does("replay", "exchange", generation)
    after = wait_for(lambda: set(readers.seen) - {before}, 30)
    does("replay", "undo")
    at_undo = readers.seen[before]
    wait_for(lambda: readers.seen[before] > at_undo, 30)
    does("replay", "exchange", generation)
    return after


def test_a_bad_deploy_is_repaired_while_everybody_reads(stack: Home, tmp_path: Path) -> None:
    feed = Feed()
    right = tmp_path / "right.jsonl"
    with running(feed):
        readers = Readers(question(stack, a_bad_deploy(feed)))
        finds_and_drops_garbage(feed)
        right.write_bytes(b"\n".join(map(orjson.dumps, feed.wrong)))
        with running(readers):
            before = wait_for(lambda: readers.seen.most_common(1), 30)[0][0]
            generation = rebuilds_and_compares(right)
            after = exchanges_undoes_and_exchanges(generation, readers, before)
    assert readers.failures == []
    assert (len(after), WRONG in before, WRONG in str(after)) == (1, True, False)
    assert set(readers.seen) == {before, *after}
    wanted = oracle(feed.right)
    with suppress(AssertionError):
        wait_for(lambda: log() == wanted, 60, every=1)
    assert log() == wanted
    assert does("reconcile", "--look-only")["differences"] == 0
    done = [entry["command"] for entry in orjson.loads(baton("audit", "--json").stdout)]
    assert done == [
        "dead-letters drop",
        "replay rebuild",
        "replay exchange",
        "replay undo",
        "replay exchange",
        "reconcile",
    ]
