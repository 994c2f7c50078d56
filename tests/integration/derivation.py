"""A worker under test: feed it, run it, kill it, and hold all it wrote against the oracle."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from confluent_kafka import Consumer, Message, Producer, TopicPartition

from deploy.local.home import free_port
from producers.event import key
from producers.kafka import Topics, client_config
from tests import recovery
from tests.oracle.assignments import Ended, Said, ended, expected

START = datetime.fromisoformat("2026-03-01T00:00:00+00:00")
HORIZON = timedelta(days=30)
PARTITIONS = 4
_BOT, _TEAM = {"id": 7, "name": "Bot"}, {"id": "s", "name": "Sales"}


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    """Whatever `condition` returns once that is true; fails with `what` after the deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


class Feed:
    """Believable trouble: out of order, repeated, conflicting, too old, malformed."""

    def __init__(self, topics: Topics, seed: int = 1, contacts: int = 40) -> None:
        self._topics, self._random, self._contacts = topics, random.Random(seed), contacts
        self._sent: list[dict[str, Any]] = []
        self._minute = 0.0
        config = {"partitioner": "murmur2_random", "message.max.bytes": 2_000_000}
        self._producer = Producer({**client_config(), **config})

    def send(self, count: int, malformed: float = 0.02) -> None:
        for _ in range(count):
            event = self._event()
            value = json.dumps(event).encode()
            if self._random.random() < malformed:
                value = value[: self._random.randrange(len(value))]
            self._producer.produce(self._topics.events, value, key(1, event["contact_id"]))
            self._producer.poll(0)
        assert self._producer.flush(30) == 0

    def send_raw(self, value: bytes | None, message_key: bytes | None, **more: Any) -> None:
        self._producer.produce(self._topics.events, value, message_key, **more)
        assert self._producer.flush(30) == 0

    def send_aborted(self, count: int) -> None:
        """Good events that nobody may ever see: their transaction is aborted."""
        config = {**client_config(), "transactional.id": f"{self._topics.prefix}feed"}
        producer = Producer({**config, "partitioner": "murmur2_random"})
        producer.init_transactions(30)
        producer.begin_transaction()
        for _ in range(count):
            event = self._event() | {"event_id": str(UUID(int=self._random.getrandbits(128)))}
            producer.produce(self._topics.events, json.dumps(event), key(1, event["contact_id"]))
        assert producer.flush(30) == 0
        producer.abort_transaction(30)

    def _event(self) -> dict[str, Any]:
        draw = self._random.random()
        if self._sent and draw < 0.05:
            return self._random.choice(self._sent)
        if self._sent and draw < 0.06:
            return self._random.choice(self._sent) | {"conversation_id": "another"}
        self._minute += self._random.expovariate(1)
        back = self._random.choice([0, 0, 0, 0, 5, 600, 60_000])
        assigns = self._random.random() < 0.9
        ending = self._random.choice(["conversation.opened", "conversation.closed"])
        event: dict[str, Any] = {
            "event_id": str(UUID(int=self._random.getrandbits(128))),
            "event_type": "contact.assignee.updated" if assigns else ending,
            "workspace_id": 1,
            "contact_id": f"c{self._random.randrange(self._contacts)}",
            "contact_name": "Zoë",
            "conversation_id": "v",
            "occurred_at": (START + timedelta(minutes=int(self._minute) - back)).isoformat(),
        }
        if assigns:
            person = self._random.randrange(6)
            actor, team = self._random.choice([(None, None), (_BOT, None), (None, _TEAM)])
            kind = self._random.choice(["user", "user", "team", "bot"])
            holder = {"id": person, "name": f"Agent {person}", "kind": kind, "team": team}
            holder = holder if person else None
            event |= {"source": "bot" if actor else "user", "actor": actor, "assigned_to": holder}
        self._sent.append(event)
        return event


def read(topic: str, isolation: str = "read_committed") -> list[Message]:
    """All that a topic holds now, partition by partition."""
    config = {
        "group.id": "test-read",
        "isolation.level": isolation,
        "enable.partition.eof": True,
        "auto.offset.reset": "earliest",
        "fetch.wait.max.ms": 10,
    }
    consumer = Consumer({**client_config(), **config})
    try:
        count = len(consumer.list_topics(topic, timeout=15).topics[topic].partitions)
        consumer.assign([TopicPartition(topic, number, 0) for number in range(count)])
        found, ended = [], 0
        while ended < count:
            for message in consumer.consume(5000, 0.05):
                ended += message.error() is not None
                found += [message] if message.error() is None else []
        return sorted(found, key=lambda m: (m.partition(), m.offset()))
    finally:
        consumer.close()


def should_be(topics: Topics) -> tuple[dict[str, Ended], dict[tuple[int, int], str]]:
    """The log (event id to the hold that it ended), and the reasons of the dead letters."""
    arrivals: dict[bytes, list[Said]] = defaultdict(list)
    refused: dict[tuple[int, int], str] = {}
    places: dict[tuple[bytes, int], tuple[int, int]] = {}
    for message in read(topics.events):
        place = message.partition(), message.offset()
        try:
            event = json.loads(message.value())
            said = _said(event, message.offset())
        except (TypeError, ValueError, KeyError):
            refused[place] = "no_json"
            continue
        arrivals[message.key()].append(said)
        places[message.key(), message.offset()] = place
    log: dict[str, Ended] = {}
    for contact, events in arrivals.items():
        found = expected(events, HORIZON, most=10_000)
        log |= found.log
        refused |= {places[contact, offset]: why for offset, why in found.refused.items()}
    return log, refused


def _said(event: dict[str, Any], offset: int) -> Said:
    holder, actor = event.get("assigned_to"), event.get("actor")
    team = holder and holder.get("team")
    return Said(
        offset,
        event["event_id"],
        datetime.fromisoformat(event["occurred_at"]),
        None,
        event["event_type"] == "contact.assignee.updated",
        (str(holder["id"]), holder["name"]) if holder else None,
        holder["kind"] if holder else "user",
        event["event_type"] == "conversation.closed",
        content=event["conversation_id"],
        source=event.get("source", ""),
        actor=str(actor["id"]) if actor else None,
        team=str(team["id"]) if team else None,
    )


def is_now(topics: Topics) -> tuple[dict[str, Ended], dict[tuple[int, int], str]]:
    """The same from what the worker committed; a row twice or a wrong retraction fails."""
    log: dict[str, Ended] = {}
    for message in read(topics.log):
        row = json.loads(message.value())
        if row["sign"] < 0:
            assert log.pop(row["event_id"]) == ended(row)
        else:
            assert row["event_id"] not in log, f"twice in the log: {row}"
            log[row["event_id"]] = ended(row)
    dead: dict[tuple[int, int], str] = {}
    for message in read(topics.dead):
        headers = {name: value.decode() for name, value in message.headers()}
        place = int(headers["baton.partition"]), int(headers["baton.offset"])
        assert place not in dead, f"twice in the dead letters: {place}"
        dead[place] = headers["baton.reason"]
    return log, dead


def assert_exact(topics: Topics, seconds: float = 90) -> None:
    """Log and dead letters become the oracle's, each row once, within the deadline."""
    log, refused = should_be(topics)

    def caught_up() -> bool:
        now = is_now(topics)
        return len(now[0]) >= len(log) and len(now[1]) >= len(refused) and now == (log, refused)

    with recovery.measured("exact"):
        try:
            wait_for(caught_up, "log and dead letters are the oracle's", seconds)
        except AssertionError:
            assert is_now(topics) == (log, refused)
            raise


class WorkerProcess:
    """One `baton worker`."""

    def __init__(self, home: Path, instance: str = "w1", **environ: str) -> None:
        self.port = free_port()
        self.log = home / f"{instance}.{time.monotonic_ns()}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._output = self.log.open("wb")
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "baton",
                "worker",
                f"--instance={instance}",
                f"--port={self.port}",
            ],
            env={**os.environ, "BATON_HOME": str(home), "BATON_SESSION_SECONDS": "6", **environ},
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )

    def health(self) -> dict[str, Any] | None:
        """What /healthz says, or None while nothing answers."""
        url = f"http://127.0.0.1:{self.port}/healthz"
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            return dict(json.load(error))
        except OSError:
            return None

    def wait_ready(self, partitions: int = 1) -> None:
        """Until so many partitions are open."""

        def ready() -> bool:
            health = self.health()
            return bool(health) and (
                sum(p["offset"] is not None for p in health["partitions"]) >= partitions
            )

        wait_for(ready, f"worker ready; its log:\n{self.tail()}")

    def wait_frozen(self) -> None:
        """Until a fault point has stopped it."""
        stat = Path(f"/proc/{self.process.pid}/stat")
        wait_for(lambda: stat.read_text().rsplit(")")[1].split()[0] == "T", "the worker froze")

    def wait_end(self, seconds: float = 60) -> int:
        return self.process.wait(seconds)

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(30)
        self._output.close()

    def stop(self) -> int:
        self.process.terminate()
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"does not stop; its log: {self.log}") from None

    def cry(self) -> None:
        """Let Faust log what every task is at."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGUSR1)
            time.sleep(2)


@contextmanager
def worker(home: Path, instance: str = "w1", **environ: str) -> Iterator[WorkerProcess]:
    """A worker for the length of a block; killed at its end if it still runs."""
    running = WorkerProcess(home, instance, **environ)
    try:
        yield running
    except Exception:
        running.cry()
        raise
    finally:
        running.kill()
