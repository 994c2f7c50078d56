"""The runbook's commands, run as they stand on the page, on a local stack."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from confluent_kafka import Producer

from deploy.local.home import Home
from producers.event import key
from producers.kafka import client_config
from tests.integration.test_replay_drill import Feed, log, stack
from tests.support import wait_for

pytestmark = [pytest.mark.server, pytest.mark.faults, pytest.mark.timeout(900)]

PAGE = Path(__file__).parents[2] / "deploy" / "runbook.md"
COMMANDS = re.findall(r"^\$ baton (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
# It looks, and says by its exit code what it thinks; while events are on their way that may be 1.
LOOKS = ("doctor",)

__all__ = ["stack"]


def test_every_command_of_the_page_does_what_it_says(stack: Home, tmp_path: Path) -> None:
    feed = Feed()
    producer = Producer({**client_config(), "partitioner": "murmur2_random"})
    feed.bad = True
    for _ in range(200):
        feed.send(producer)
    producer.flush()
    wait_for(lambda: len(log()) > 100, 90)
    corrections = tmp_path / "right.jsonl"
    corrections.write_bytes(b"\n".join(map(orjson.dumps, feed.wrong)))
    backfill = tmp_path / "backfill.jsonl"
    old = [feed.event(-number * 86_400) | {"contact_id": "c1"} for number in range(31, 300)]
    backfill.write_bytes(b"\n".join(map(orjson.dumps, old)))
    first = feed.right[0]
    values = {
        "EVENT": first["event_id"],
        "CONTACT": first["contact_id"],
        "WORKSPACE": "w",
        "CORRECTIONS": str(corrections),
        "BACKFILL": str(backfill),
        "MONTH": "2026-11",
    }
    assert key("w", first["contact_id"])
    for command in COMMANDS:
        words = [values.get(word.removeprefix("$"), word) for word in shlex.split(command)]
        done = subprocess.run(
            [sys.executable, "-m", "baton", *words], capture_output=True, text=True, timeout=300
        )
        allowed = (0, 1) if words[0] in LOOKS else (0,)
        assert done.returncode in allowed, f"{command}\n{done.stdout}\n{done.stderr}"
    assert {source for source, _ in log().values()} <= {"user", "workflow", "bot"}
