"""Running a worker process: what is checked before Kafka is joined, and the life of the process."""

from __future__ import annotations

import logging
import socket
import sys

import click
from confluent_kafka import KafkaException

from producers.kafka import explained
from producers.private import private
from producers.terminal import say
from stream import app as faust_app
from stream.memory import keep_freed
from stream.repeats import Repeats
from stream.settings import Settings
from stream.topics import identity, partition_counts

log = logging.getLogger("baton.worker")

_TURN = 0.05  # s; partitions that take turns every 5 ms, the default, lose a fifth (measured)


def run(settings: Settings, faust_level: int) -> int:
    """Run a worker until it is told to stop; returns the exit code."""
    _check_port(settings.web_port)
    partitions = check_topics(settings)
    keep_freed()
    sys.setswitchinterval(_TURN)
    private(settings.state.parent)
    (settings.state / settings.instance).mkdir(parents=True, exist_ok=True, mode=0o700)
    app = faust_app.build(settings, partitions, identity(settings.kafka, settings.topics.events))
    logging.getLogger("baton").setLevel(logging.INFO)
    worker = app.Worker(
        loglevel=faust_level,
        logging_config=_logging(faust_level),
        redirect_stdouts=False,
        quiet=True,
    )
    # With its spinner Faust lets no INFO through, whatever the logger's level.
    worker.spinner = None
    say(
        f"worker {settings.instance}: {partitions} partitions of {settings.topics.events},"
        f" health at http://127.0.0.1:{settings.web_port}/healthz",
        err=True,
    )
    try:
        worker.execute_from_commandline()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise click.ClickException(
                f"port {port} for /healthz is not free ({error.strerror}): give each worker a"
                " --port of its own, or stop what listens there"
            ) from None


def check_topics(settings: Settings) -> int:
    """The number of partitions, the same in all topics; raises ClickException where it is not."""
    try:
        counts = partition_counts(settings.kafka, settings.topics)
    except KafkaException as error:
        where = settings.kafka["bootstrap.servers"]
        raise click.ClickException(
            f"no Kafka answers at {where} ({explained(error)}): start one with `baton up`, or"
            " set KAFKA_BOOTSTRAP_SERVERS"
        ) from None
    missing = [name for name, count in counts.items() if not count]
    if missing:
        raise click.ClickException(
            f"topics are missing: {', '.join(missing)}; create them with `baton topics`"
        )
    if len(set(counts.values())) > 1:
        found = ", ".join(f"{name}: {count}" for name, count in counts.items())
        raise click.ClickException(
            f"partition counts differ ({found}): a partition's rows and history travel with its"
            " events; if the events' topic was given more partitions, contacts have moved between"
            " them: derive anew with `baton replay rebuild`"
        )
    return counts[settings.topics.events]


def _logging(faust_level: int) -> dict[str, object]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": "producers.terminal.Formatter",
                "fmt": "%(asctime)s %(levelname)s %(message)s",
            }
        },
        "filters": {"repeats": {"()": Repeats}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "filters": ["repeats"],
            }
        },
        "loggers": {"baton": {"level": "INFO"}},
        "root": {"level": faust_level, "handlers": ["stderr"]},
    }
