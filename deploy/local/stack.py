"""Starting and stopping what runs on one machine, as one."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from deploy.local import environment, kafka, left, occupied, process, services
from deploy.local.home import LOOPBACK, Home, StackError, free_port
from deploy.local.process import Running
from deploy.local.signals import undisturbed

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Ports:
    """TCP ports of the loopback interface."""

    kafka: int = kafka.DEFAULT_PORT
    clickhouse: int = services.DEFAULT_CLICKHOUSE_PORT
    serve: int = services.DEFAULT_SERVE_PORT


@dataclass(frozen=True)
class Part:
    """One process of the stack: its name, how it is started, and the port it needs, if any."""

    name: str
    start: Callable[[], Running]
    port: int | None = None
    advice: str = ""


def up(home: Home, ports: Ports, tell: Tell, workers: int = 0) -> list[Running]:
    """Start what does not run yet: the servers that nobody gave, then, with `workers`, that many
    workers, the sink and the page. Topics and tables are made in between.

    Returns what was started. If anything fails or is interrupted, what was started is stopped
    again. Raises StackError with what to do about it.
    """
    with home.locked():
        _end_left(home, tell)
        servers, applications = _servers(home, ports, tell), _applications(home, ports, workers)
        _refuse_taken_ports(home, servers + applications)
        started: list[Running] = []
        try:
            for part in servers:
                started += _ensure(home, part, tell)
            environment.apply(os.environ)
            _prepare(tell)
            for part in applications:
                started += _ensure(home, part, tell)
        except BaseException:
            with undisturbed():
                for running in reversed(started):
                    process.stop(home, running)
            raise
        return started


def down(home: Home, tell: Tell) -> int:
    """Stop everything that runs in `home`, last started first; returns how many that were."""
    with home.locked():
        running = process.find_all(home)
        with undisturbed():
            for one in reversed(running):
                process.stop(home, one)
                tell(f"{one.name} stopped")
            lost = _end_left(home, tell)
        for name in process.ended(home):
            home.record(name).unlink(missing_ok=True)
        return len(running) + lost


def _end_left(home: Home, tell: Tell) -> int:
    """End what belongs to this stack without a record of it: it would run twice."""
    found = left.behind(home)
    with undisturbed():
        left.end(found)
    for one in found:
        tell(f"{one.name} stopped (process {one.pid}, which a killed one had left)")
    return len(found)


def _servers(home: Home, ports: Ports, tell: Tell) -> list[Part]:
    parts = {
        environment.KAFKA: Part(
            "kafka",
            lambda: kafka.start(home, ports.kafka),
            ports.kafka,
            _advice("--kafka-port", "BATON_KAFKA_PORT", f"{environment.KAFKA}=HOST:PORT"),
        ),
        environment.CLICKHOUSE: Part(
            "clickhouse",
            lambda: services.start_clickhouse(home, ports.clickhouse),
            ports.clickhouse,
            _advice("--clickhouse-port", "BATON_CLICKHOUSE_PORT", f"{environment.CLICKHOUSE}=URL"),
        ),
    }
    for variable in [name for name in parts if environment.given(name)]:
        tell(f"{parts.pop(variable).name} not started: {variable} is set, so that one is used")
    return list(parts.values())


def _advice(option: str, variable: str, own: str) -> str:
    return f"Choose another with {option} or {variable}, or use a server of yours with {own}."


def _applications(home: Home, ports: Ports, workers: int) -> list[Part]:
    if not workers:
        return []
    return [
        *(_worker(home, number) for number in range(workers)),
        Part("sink", lambda: services.start_sink(home)),
        Part(
            "serve",
            lambda: services.start_page(home, ports.serve),
            ports.serve,
            "Choose another with --serve-port or BATON_SERVE_PORT.",
        ),
    ]


def _worker(home: Home, number: int) -> Part:
    name, preferred = f"worker-{number + 1}", services.DEFAULT_WORKER_PORT + number
    return Part(name, lambda: services.start_worker(home, name, free_port(preferred)))


def _refuse_taken_ports(home: Home, parts: list[Part]) -> None:
    """Before anything is started."""
    for part in parts:
        if part.port and not process.find(home, part.name):
            occupied.refuse_if_taken(part.port, part.advice)


def _ensure(home: Home, part: Part, tell: Tell) -> list[Running]:
    if running := process.find(home, part.name):
        tell(f"{part.name} runs already{_at(running.ports)}")
        return []
    running = part.start()
    tell(f"{part.name} started{_at(running.ports)}")
    return [running]


def _at(ports: Mapping[str, int]) -> str:
    return "".join(f" at {LOOPBACK}:{port}" for port in ports.values())


def _prepare(tell: Tell) -> None:
    """Make the topics and tables that are missing."""
    from confluent_kafka import KafkaException

    from producers.kafka import Topics, client_config, explained
    from sink.clickhouse import ClickHouseUnusable, connect, create_database, settings_from_url
    from sink.migrate import MigrationRefused, migrations
    from sink.upgrade import Upgrade
    from stream import topics

    try:
        mine = Topics.from_environment()
        created = topics.create(client_config(), mine)
        place = settings_from_url()
        create_database(place)
        with connect(place) as client:
            upgrade = Upgrade(place, client, client_config, mine.prefix, migrations())
            applied = list(upgrade.run())
        tell(f"topics: {len(created)} created; migrations: {len(applied)} applied")
    except KafkaException as error:
        address = client_config()["bootstrap.servers"]
        raise StackError(f"Kafka at {address} does not answer: {explained(error)}") from error
    except (ClickHouseUnusable, MigrationRefused) as error:
        raise StackError(str(error)) from error
