"""Fixtures for all tests: no network without the `server` marker, and one stack for a whole run.

- `kafka`, `clickhouse`: the address of a server that is started when the first test asks for it;
  `stack`: both.
- `topics`, `database`: a test's own topics and its own, migrated database, with the environment
  pointing at them.

Where the servers come from: `KAFKA_BOOTSTRAP_SERVERS` and `CLICKHOUSE_URL` if they are set,
containers with `STACK=containers`, otherwise the local stack on free ports.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings

from deploy.borrowed import with_database
from deploy.local.home import Home
from producers.kafka import Topics, client_config
from tests import recovery, servers
from tests.servers import Stack
from tests.support import wait_for

GIVEN = {name: os.environ.get(name) for name in ("KAFKA_BOOTSTRAP_SERVERS", "CLICKHOUSE_URL")}
_network = {"allowed": True}

# How long an example takes says something of the machine, and nothing of what is tested.
settings.register_profile("baton", deadline=None)
settings.load_profile("baton")


def pytest_configure(config: pytest.Config) -> None:
    # A shell that starts the run in the background has it ignore Ctrl-C, and so would every
    # process that a test starts in order to interrupt it.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if os.environ.get("STACK") == "containers":
        servers.require_container_engine()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if times := list(recovery.lines(terminalreporter.getreports("passed"))):
        terminalreporter.section("time to recover")
        for line in times:
            terminalreporter.line(line)


@pytest.fixture(autouse=True)
def environment(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[None]:
    """A test meets neither the developer's stack nor, unless marked `server`, any network."""
    for name in [name for name in os.environ if name.startswith(("BATON_", "KAFKA_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("BATON_HOME", str(tmp_path / "baton"))
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    monkeypatch.setenv("CLICKHOUSE_URL", "http://127.0.0.1:1")
    _network["allowed"] = request.node.get_closest_marker("server") is not None
    recovery.begin(request.node)
    yield
    _network["allowed"] = True


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    if _network["allowed"] or event not in ("socket.connect", "socket.bind", "socket.sendto"):
        return
    if isinstance(arguments[1], tuple):
        raise RuntimeError(
            f"{event} {arguments[1]}: a test without @pytest.mark.server may not use the network"
        )


sys.addaudithook(_refuse_network)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The directory of the run's servers; whatever runs there ends with it."""
    home = Home(tmp_path_factory.mktemp("stack"))
    yield home
    servers.stop_all(home)


@pytest.fixture(scope="session")
def kafka(home: Home) -> Iterator[str]:
    """Bootstrap address of a Kafka."""
    with servers.kafka(home, GIVEN["KAFKA_BOOTSTRAP_SERVERS"]) as address:
        yield address


@pytest.fixture(scope="session")
def clickhouse(home: Home) -> Iterator[str]:
    """URL, with the password in it, of a ClickHouse."""
    with servers.clickhouse(home, GIVEN["CLICKHOUSE_URL"]) as url:
        yield url


@pytest.fixture(scope="session")
def stack(kafka: str, clickhouse: str) -> Stack:
    """Addresses of Kafka and ClickHouse."""
    return Stack(kafka, clickhouse)


@pytest.fixture
def topics(kafka: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Topics]:
    """The test's own topics; the environment names them and their Kafka."""
    from confluent_kafka.admin import AdminClient

    from stream import topics as stream_topics

    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka)
    monkeypatch.setenv("BATON_TOPIC_PREFIX", f"t{uuid4().hex[:12]}.")
    topics = Topics.from_environment()
    stream_topics.create(client_config(), topics)
    # A broker learns of topics a moment after the controller has made them.
    wait_for(lambda: all(stream_topics.partition_counts(client_config(), topics).values()))
    yield topics
    admin = AdminClient(client_config())
    mine = [name for name in admin.list_topics(timeout=10).topics if name.startswith(topics.prefix)]
    for future in admin.delete_topics(mine).values():
        future.result()


@pytest.fixture
def database(clickhouse: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The test's own database, migrated; the environment's CLICKHOUSE_URL names it."""
    name = f"t{uuid4().hex[:12]}"
    monkeypatch.setenv("CLICKHOUSE_URL", with_database(clickhouse, name))
    with servers.database(name):
        yield name
