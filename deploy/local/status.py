"""What runs in a local stack, how much it takes, and how far along it is."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import psutil
import urllib3

from deploy.local import process, services
from deploy.local.clickhouse.confinement import of_process
from deploy.local.home import LOOPBACK, Home
from deploy.local.statements import Statement
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
        memory = sum(map(_memory, process.family(running)))
        data = _size(home.data(running.name))
        uptime = time.time() - running.created
        found.append(
            Row(running.name, running.pid, running.version, uptime, memory, data, running.ports)
        )
    return found


def standing_still(rows: list[Row]) -> list[str]:
    """Which partition of which worker stands still, and why, as the workers' /healthz say."""
    found = []
    for row in rows:
        if not row.name.startswith("worker"):
            continue
        answer = health(row.ports[row.name])
        if answer is None:
            found.append(f"{row.name}: does not answer; see: baton logs {row.name}")
            continue
        found += [
            f"{row.name}, partition {partition['partition']}: {partition['problem']}"
            for partition in answer["partitions"]
            if partition["problem"]
        ]
    return found


def health(port: int) -> dict[str, Any] | None:
    """What a worker's /healthz says; None where nothing answers."""
    try:
        answer = urllib3.request("GET", f"http://{LOOPBACK}:{port}/healthz", timeout=2, retries=0)
        return dict(orjson.loads(answer.data))
    except (urllib3.exceptions.HTTPError, ValueError):
        return None


def users_file(home: Home, rows: list[Row]) -> Path | None:
    """Where the passwords of the local ClickHouse's users are; None while it does not run."""
    local = any(row.name == services.CLICKHOUSE for row in rows)
    return services.clickhouse_users(home) if local else None


def confinement(rows: list[Row]) -> str | None:
    """What the local ClickHouse is confined to; None while it does not run."""
    found = (of_process(row.pid) for row in rows if row.name == services.CLICKHOUSE)
    return next(found, None)


def as_json(
    home: Home,
    rows: list[Row],
    statements: list[Statement],
    ended: list[str],
    freshness: Freshness,
) -> str:
    """What `baton status --json` prints."""
    users = users_file(home, rows)
    facts = {
        "home": str(home.path),
        "clickhouse_users": str(users) if users else None,
        "clickhouse_confinement": confinement(rows),
        "processes": rows,
        "ended": ended,
        "standing_still": standing_still(rows),
        "statements": statements,
    }
    return orjson.dumps({**facts, "freshness": freshness.model_dump()}).decode()


def _memory(one: psutil.Process) -> int:
    try:
        return int(one.memory_info().rss)
    except psutil.Error:
        return 0


def _size(directory: Path) -> int:
    """Bytes of all files below; what vanishes meanwhile counts as none."""
    total = 0
    for parent, _, names in os.walk(directory):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(parent, name)).st_blocks * 512
    return total
