"""Everything besides Kafka that runs on one machine, each as a process of its own."""

from __future__ import annotations

import sys
from importlib.metadata import version

from deploy.local import process
from deploy.local.home import Home, accepts
from deploy.local.process import Running

CLICKHOUSE = "clickhouse"
DEFAULT_CLICKHOUSE_PORT = 8123
DEFAULT_SERVE_PORT = 8000
PATIENCE = 60
"""Seconds a start may take on a loaded machine; 1 to 3 are usual."""

_PYTHON = [sys.executable, "-m"]


def start_clickhouse(home: Home, port: int) -> Running:
    """Start the local ClickHouse server and wait until it answers."""
    data = home.data(CLICKHOUSE)
    command = [*_PYTHON, "deploy.local.clickhouse", "--path", str(data), "--port", str(port)]
    running = process.start(
        home, CLICKHOUSE, command, {}, {CLICKHOUSE: port}, f"chdb {version('chdb')}"
    )
    process.wait_ready(home, running, lambda: accepts(port), PATIENCE)
    return running


def start_command(home: Home, name: str, *arguments: str) -> Running:
    """Start `baton ARGUMENTS` as the process `name`, in the environment of this one."""
    return process.start(
        home,
        name,
        [*_PYTHON, "baton", *arguments],
        {"BATON_HOME": str(home.path)},
        version=version("baton"),
    )


def start_page(home: Home, port: int) -> Running:
    """Start `baton serve` and wait until it answers."""
    running = process.start(
        home,
        "serve",
        [*_PYTHON, "baton", "serve", "--port", str(port)],
        {"BATON_HOME": str(home.path)},
        {"serve": port},
        version("baton"),
    )
    process.wait_ready(home, running, lambda: accepts(port), PATIENCE)
    return running
