"""What runs in a local stack, how much it takes, and how far along it is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import orjson
import psutil

from deploy.local import process
from deploy.local.home import Home
from queries.freshness import Freshness


@dataclass(frozen=True)
class Row:
    """One process; memory (resident) and data (on disk) in bytes, uptime in seconds."""

    name: str
    pid: int
    version: str
    uptime: float
    memory: int
    data: int
    ports: dict[str, int]


def rows(home: Home) -> list[Row]:
    """Every process of the stack that runs, in the order of their start."""
    found = []
    for running in process.find_all(home):
        live = running.process()
        try:
            memory = live.memory_info().rss if live else 0
        except psutil.Error:
            continue
        data = _size(home.data(running.name))
        uptime = time.time() - running.created
        found.append(
            Row(running.name, running.pid, running.version, uptime, memory, data, running.ports)
        )
    return found


def as_json(home: Home, rows: list[Row], ended: list[str], freshness: Freshness) -> str:
    """What `baton status --json` prints."""
    facts = {"home": str(home.path), "processes": rows, "ended": ended}
    return orjson.dumps({**facts, "freshness": freshness.model_dump()}).decode()


def _size(directory: Path) -> int:
    """Bytes of all files below; one that vanishes meanwhile counts as none."""
    total = 0
    for path in directory.rglob("*"):
        try:
            total += path.stat().st_blocks * 512 if path.is_file() else 0
        except OSError:
            continue
    return total
