"""Kafka and ClickHouse for tests: given ones, containers, or the local stack."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local import environment, process, services
from deploy.local import kafka as local_kafka
from deploy.local.home import LOOPBACK, Home, free_port

KAFKA_IMAGE = f"apache/kafka:{local_kafka.VERSION}"
CLICKHOUSE_IMAGE = "clickhouse/clickhouse-server:26.8"


@dataclass(frozen=True)
class Stack:
    """Where the servers of this run are."""

    kafka: str
    clickhouse: str


def in_containers() -> bool:
    return os.environ.get("STACK") == "containers"


def require_container_engine() -> None:
    """End the run at once, saying why, if containers are asked for and there is no engine."""
    import docker

    try:
        docker.from_env(timeout=5).ping()
    except docker.errors.DockerException as error:
        pytest.exit(
            f"STACK=containers needs a container engine, and none answers here ({error}). "
            "Start one, set DOCKER_HOST, or leave STACK out to use the local stack.",
            returncode=4,
        )


@contextmanager
def kafka(home: Home, given: str | None) -> Iterator[str]:
    """Bootstrap address of a Kafka for the length of the run."""
    if given:
        yield given
    elif in_containers():
        with _kafka_container() as address:
            yield address
    else:
        running = local_kafka.start(home, free_port())
        yield f"{LOOPBACK}:{running.ports['kafka']}"


@contextmanager
def _kafka_container() -> Iterator[str]:
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.wait_strategies import LogMessageWaitStrategy

    port = free_port()
    inside = local_kafka.settings(9092, 9093, Path("/var/lib/kafka/data"))
    inside["listeners"] = "PLAINTEXT://:9092,CONTROLLER://:9093"
    inside["advertised.listeners"] = f"PLAINTEXT://{LOOPBACK}:{port}"
    container = DockerContainer(KAFKA_IMAGE).with_bind_ports(9092, port)
    for name, value in inside.items():
        container = container.with_env(f"KAFKA_{name.upper().replace('.', '_')}", value)
    with container.waiting_for(LogMessageWaitStrategy("Kafka Server started")):
        yield f"{LOOPBACK}:{port}"


@contextmanager
def clickhouse(home: Home, given: str | None) -> Iterator[str]:
    """URL of a ClickHouse for the length of the run."""
    if given:
        yield given
    elif in_containers():
        from testcontainers.clickhouse import ClickHouseContainer

        with ClickHouseContainer(CLICKHOUSE_IMAGE, port=8123) as container:
            address = f"{container.get_container_host_ip()}:{container.get_exposed_port(8123)}"
            yield f"http://{container.username}:{container.password}@{address}/default"
    else:
        services.start_clickhouse(home, free_port())
        yield environment.addresses(home)[environment.CLICKHOUSE]


@contextmanager
def database(name: str) -> Iterator[None]:
    """The database of CLICKHOUSE_URL, called `name`: made, migrated, and dropped at the end."""
    from sink.clickhouse import connect, create_database, quoted, settings_from_url
    from sink.migrate import migrate, migrations

    create_database(settings_from_url())
    with connect() as client:
        for _ in migrate(client, migrations()):
            pass
        yield
        client.command(f"DROP DATABASE {quoted(name)}")


def stop_all(home: Home) -> None:
    """Nothing of the run stays behind."""
    for running in reversed(process.find_all(home)):
        process.stop(home, running)
