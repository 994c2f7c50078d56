"""Mutated events through producer, worker and sink: each in the log or in the dead letters.

Every original event is an assignment of a contact of its own, so that whatever survives its
mutation makes exactly one row.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from confluent_kafka import Producer

from producers.event import key
from producers.kafka import Topics, client_config
from sink.clickhouse import connect
from tests.integration.derivation import read, wait_for, worker

pytestmark = pytest.mark.server

TIMES = [
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59+14:00",
    "1970-01-01T00:00:00+14:00",
    "1970-01-01T00:00:00-14:00",
    "2105-12-31T23:59:59.999Z",
    "2026-02-30T00:00:00Z",
    "2026-03-29T02:30:00+02:00",
    "-2026-01-01T00:00:00Z",
    "1456708980",
    "2026-01-01T00:00:00.123456789Z",
]
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    2**63 - 1,
    2**63,
    10**400,
    1.5,
    "",
    "\0",
    "a\0b",
    "\u202e",
    "'; DROP TABLE assignment_log; --",
    "<script>",
    "\\N",
    "\t\r\n",
    [],
    {},
    [[]],
    {"id": []},
    "x" * 999,
    "x" * 100_000,
]


class Mutator:
    """One original event after the other, most of them broken in some way."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._made = 0

    def next(self) -> tuple[bytes, bytes]:
        """Key and value of a message; the key is that of the original."""
        self._made += 1
        event = self._original()
        message_key = key(event["workspace_id"], event["contact_id"])
        kind = self.random.randrange(8)
        if kind == 0:
            return message_key, json.dumps(event).encode()
        if kind in (1, 2, 3):
            self._replace_a_field(event)
            return message_key, json.dumps(event).encode()
        value = json.dumps(event, ensure_ascii=self.random.random() < 0.5).encode()
        return message_key, self._damage(kind, value)

    def _original(self) -> dict[str, Any]:
        return {
            "event_id": str(UUID(int=self.random.getrandbits(128))),
            "event_type": "contact.assignee.updated",
            "workspace_id": "fuzz",
            "contact_id": self._made,
            "contact_name": self.random.choice(["Zoë", "美咲", "😀", "\0", "ab"]),
            "conversation_id": "v",
            "occurred_at": "2026-02-01T00:00:00Z",
            "sequence": None,
            "assigned_to": {"id": self._made, "name": "A", "team": {"id": 2, "name": "T"}},
            "source": "bot",
            "actor": {"id": 9, "name": "B"},
        }

    def _replace_a_field(self, event: dict[str, Any]) -> None:
        place: dict[str, Any] = event
        name = self.random.choice(list(place))
        while isinstance(place[name], dict) and self.random.random() < 0.6:
            place = place[name]
            name = self.random.choice(list(place))
        draw = self.random.random()
        if draw < 0.1:
            del place[name]
        elif draw < 0.4:
            event["occurred_at"] = self.random.choice(TIMES)
        elif draw < 0.402:
            place[name] = "n" * 900_000
        else:
            # Taking a contact from nobody is a good event, and rightly no row.
            odd = ODD[1:] if name == "assigned_to" else ODD
            place[name] = self.random.choice(odd)

    def _damage(self, kind: int, value: bytes) -> bytes:
        at = self.random.randrange(len(value))
        if kind == 4:
            return value[:at]
        if kind == 5:
            return value[:at] + self.random.randbytes(self.random.randrange(1, 9)) + value[at + 1 :]
        if kind == 6:
            depth = self.random.choice([10, 200, 50_000])
            return value[:-1] + b',"deep":' + b"[" * depth + b"]" * depth + b"}"
        return value.replace(
            b'"A"', self.random.choice([b'"\\ud800"', b"1e999", b"NaN", b'"\\u0000"'])
        )


@pytest.mark.parametrize(
    "count", [4000, pytest.param(100_000, marks=[pytest.mark.faults, pytest.mark.timeout(1500)])]
)
def test_each_is_in_the_log_or_in_the_dead_letters(
    count: int, topics: Topics, database: str, tmp_path: Path
) -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    mutator = Mutator(seed)
    _send_raw(topics, mutator, count // 2)
    delivered = _send_file(mutator, count - count // 2, tmp_path / "fuzz.jsonl")
    everything = {(m.partition(), m.offset()) for m in read(topics.events)}
    assert len(everything) == count // 2 + delivered
    # So many bad ones at once would be a flood, which is a test of its own.
    with worker(tmp_path, BATON_FLOOD_SHARE="1") as running:

        def settled() -> bool:
            health = running.health()
            return bool(health) and sum(health["outcomes"].values()) >= len(everything)

        wait_for(settled, "every message has an outcome", 60 + count / 500)
        assert running.process.poll() is None
        assert running.stop() == 0
    rows = [_place(json.loads(m.value())) for m in read(topics.log)]
    dead = [_dead_place(m) for m in read(topics.dead)]
    both = set(rows) & set(dead)
    neither = everything - set(rows) - set(dead)
    lost = [m.value()[:300] for m in read(topics.events) if (m.partition(), m.offset()) in neither]
    assert (both, lost) == (set(), [])
    assert len(rows) + len(dead) == len(everything), "each once"
    run = _baton("sink", "--until-caught-up")
    assert run.returncode == 0, run.stderr
    columns = "event_partition, event_offset"
    stored = connect().query(f"SELECT {columns} FROM assignment_log FINAL").result_rows
    assert sorted(stored) == sorted(rows)


def _place(row: dict[str, Any]) -> tuple[int, int]:
    return row["event_partition"], row["event_offset"]


def _dead_place(message: Any) -> tuple[int, int]:
    headers = dict(message.headers())
    return int(headers["baton.partition"]), int(headers["baton.offset"])


def _send_raw(topics: Topics, mutator: Mutator, count: int) -> None:
    producer = Producer({**client_config(), "partitioner": "murmur2_random"})
    for _ in range(count):
        message_key, value = mutator.next()
        while True:
            try:
                producer.produce(topics.events, value, message_key)
                break
            except BufferError:
                producer.poll(0.1)
    assert producer.flush(60) == 0


def _send_file(mutator: Mutator, count: int, path: Path) -> int:
    """Send lines by `baton send`; returns how many it delivered. Each line is sent or refused."""
    with path.open("wb") as file:
        for _ in range(count):
            line = re.sub(rb"[\r\n]", b" ", mutator.next()[1]).strip() or b"{"
            file.write(line + b"\n")
    run = _baton("send", str(path))
    assert run.returncode == 1, run.stderr
    refused = path.with_name(path.name + ".refused.jsonl").read_bytes().count(b"\n")
    assert 0 < refused < count
    return count - refused


def _baton(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "baton", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=600)
