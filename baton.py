"""The `baton` command: every command lies in the room it belongs to and is loaded when called."""

from __future__ import annotations

import errno
import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from producers.terminal import guard_tracebacks, plain_lines
from producers.variables import Misconfigured

# command: (where it lies, what --help says of it); imported only when called, so that
# `baton --help` answers at once and `baton send` does not wait for Faust.
COMMANDS = {
    "demo": ("deploy.commands:demo", "See all of it run: real sample, then a live feed."),
    "up": ("deploy.commands:up", "Start Kafka and ClickHouse on this machine."),
    "down": ("deploy.commands:down", "Stop what `up` has started."),
    "status": ("deploy.commands:status", "What runs, where, and how far along."),
    "logs": ("deploy.commands:logs", "Show the logs of what runs."),
    "restart": ("deploy.replay.commands:restart", "Start what runs anew, one by one."),
    "send": ("producers.commands:send", "Send events from JSON Lines or CSV."),
    "simulate": ("producers.commands:simulate", "Send a made-up live feed."),
    "topics": ("stream.topic_commands:topics", "Create the topics in a Kafka of your own."),
    "worker": ("stream.commands:worker", "Derive assignments from events."),
    "pause": ("stream.commands:pause", "Let a partition stand still."),
    "resume": ("stream.commands:resume", "Let a paused or stopped partition go on."),
    "doctor": ("deploy.replay.doctor:doctor", "Is the report right and current?"),
    "dead-letters": ("stream.letter_commands:dead_letters", "Events that could not be derived."),
    "tail": ("deploy.replay.trace_commands:tail", "Events, rows and dead letters as they come."),
    "trace": ("deploy.replay.trace_commands:trace", "One event or contact, message to row."),
    "replay": ("deploy.replay.commands:replay", "Derive or write again, beside what is live."),
    "audit": ("stream.audit_commands:audit", "What operators did."),
    "migrate": ("sink.commands:migrate", "Create or update ClickHouse's tables."),
    "sink": ("sink.commands:sink", "Write assignments into ClickHouse."),
    "reconcile": ("sink.rewriting_commands:reconcile", "Prove the tables, and repair them."),
    "report": ("queries.commands:report", "Print assignments by source."),
    "log": ("queries.commands:log", "Print the log of assignments."),
    "export": ("queries.admin:export", "Write all assignments into a file."),
    "timezone": ("queries.admin:timezone", "Show or set a workspace's time zone."),
    "token": ("queries.admin:token", "Make, list and revoke access tokens."),
    "bi": ("deploy.bi_commands:bi", "Readers for BI tools: add, list, remove."),
    "serve": ("queries.commands:serve", "Serve the report page and the API."),
}


class Rooms(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Reads the command line; --help and --version are printed while it does."""
        with in_one_line():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command."""
        with in_one_line():
            return super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@contextmanager
def in_one_line() -> Iterator[None]:
    """What a user can put right is told in one line."""
    try:
        yield
    except click.ClickException as error:
        error.message = plain_lines(error.message)
        raise
    except click.exceptions.Exit:
        raise  # already told
    except Exception as error:
        if (text := said(error)) is None:
            raise
        raise click.ClickException(plain_lines(text)) from None


def said(error: Exception) -> str | None:
    """What a user can do something about, in one line; None for what is our own mistake."""
    from confluent_kafka import KafkaException

    from producers.kafka import explained

    if isinstance(error, Misconfigured):
        return str(error)
    if isinstance(error, KafkaException):
        return f"Kafka: {explained(error)}"
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        where = f" ({error.filename})" if error.filename else ""
        return f"Not all was written: {error.strerror}{where}"
    return None


@click.command(cls=Rooms, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="baton-assignments", prog_name="baton")
def main(**_: Any) -> None:
    """Baton turns the hand-offs of contacts into an exact, live Assignments report."""
    from deploy.local import environment

    guard_tracebacks()
    environment.apply()


if __name__ == "__main__":
    main()
