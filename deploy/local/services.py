"""Everything besides Kafka that runs on one machine, each as a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from deploy.local import process
from deploy.local.home import Home
from deploy.local.process import Running
from producers import installed
from producers.installed import module

CLICKHOUSE = "clickhouse"
DEFAULT_CLICKHOUSE_PORT = 8123
DEFAULT_SERVE_PORT = 8000
DEFAULT_WORKER_PORT = 6066
PATIENCE = 60
"""Seconds a start may take on a loaded machine; 1 to 3 are usual."""

_KEPT = module("deploy.local.keeper")


def start_clickhouse(home: Home, port: int) -> Running:
    """Start the local ClickHouse server and wait until it answers."""
    directory = home.data(CLICKHOUSE)
    directory.mkdir(parents=True, exist_ok=True)
    places = ["--path", str(directory / "data"), "--users", str(clickhouse_users(home))]
    command = module("deploy.local.clickhouse", *places, "--port", str(port))
    engine = f"chdb {version('chdb')}"
    running = process.start(home, CLICKHOUSE, command, {}, {CLICKHOUSE: port}, engine)
    process.wait_ready(home, running, lambda: process.listens(running, port), PATIENCE)
    return running


def restart_clickhouse(home: Home) -> bool:
    """Start the local ClickHouse anew, where it runs; whoever uses it tries again until it is back.

    Returns whether it ran.
    """
    running = process.find(home, CLICKHOUSE)
    if running is None:
        return False
    process.stop(home, running)
    start_clickhouse(home, running.ports[CLICKHOUSE])
    return True


def clickhouse_users(home: Home) -> Path:
    """The file with ClickHouse's users and passwords, which its owner alone can read."""
    return home.data(CLICKHOUSE) / "users.toml"


def start_worker(home: Home, name: str, port: int) -> Running:
    """Start `baton worker` and wait until it says how it is."""
    arguments = ["worker", "--instance", name, "--port", str(port)]
    running = _baton(home, name, arguments, port, _KEPT)
    process.wait_ready(home, running, lambda: process.listens(running, port), PATIENCE)
    return running


def start_sink(home: Home) -> Running:
    """Start `baton sink`."""
    return _baton(home, "sink", ["sink"], None, _KEPT)


def start_page(home: Home, port: int) -> Running:
    """Start `baton serve` and wait until it answers."""
    running = _baton(home, "serve", ["serve", "--port", str(port)], port)
    process.wait_ready(home, running, lambda: process.listens(running, port), PATIENCE)
    return running


def start_simulation(home: Home, rate: float) -> Running:
    """Start `baton simulate` with `rate` events a second."""
    return _baton(home, "simulate", ["simulate", "--rate", str(rate)])


def _baton(
    home: Home,
    name: str,
    arguments: list[str],
    port: int | None = None,
    before: Sequence[str] = (),
) -> Running:
    return process.start(
        home,
        name,
        [*before, *module("baton", *arguments)],
        {"BATON_HOME": str(home.path)},
        {name: port} if port else {},
        installed.version(),
    )
