"""The commands of this room: `baton up`, `down`, `status`, `logs` and `demo`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from producers.terminal import say, say_json

Command = TypeVar("Command", bound=Callable[..., Any])
Port = click.IntRange(1, 65535)


def ports(command: Command) -> Command:
    """Options for the ports of the local stack."""
    for name, what, default in (
        ("serve", "The page's port.", 8000),
        ("clickhouse", "ClickHouse's port.", 8123),
        ("kafka", "Kafka's port.", 9092),
    ):
        command = click.option(
            f"--{name}-port",
            type=Port,
            default=default,
            envvar=f"BATON_{name.upper()}_PORT",
            show_default=True,
            show_envvar=True,
            help=what,
        )(command)
    return command


@click.command()
@ports
@click.option("--all", "everything", is_flag=True, help="Also a worker, the sink and the page.")
@click.option("--workers", type=click.IntRange(0, 64), help="So many workers (with --all: 1).")
@click.option("--foreground", is_flag=True, help="Stay, and stop everything on Ctrl-C.")
def up(
    everything: bool,
    workers: int | None,
    foreground: bool,
    kafka_port: int,
    clickhouse_port: int,
    serve_port: int,
) -> None:
    """Start Kafka and ClickHouse on this machine, and make the topics and tables.

    They listen on the loopback interface alone, and keep their data in BATON_HOME (by default
    .baton). A server given by KAFKA_BOOTSTRAP_SERVERS or CLICKHOUSE_URL is used instead. What
    runs already is left as it is. With --all or --workers, Baton's own processes start as well.
    """
    from deploy.local import stack
    from deploy.local.home import Home
    from deploy.local.signals import ended_by_signals
    from deploy.terminal import tell, told, wait_for_interrupt

    home = Home.from_environment()
    count = workers if workers is not None else int(everything)
    with told(), ended_by_signals():
        stack.up(home, stack.Ports(kafka_port, clickhouse_port, serve_port), tell, count)
        if foreground:
            wait_for_interrupt("Ctrl-C stops all of it.")
            stack.down(home, tell)


@click.command()
def down() -> None:
    """Stop what `baton up` started. The data stays in BATON_HOME."""
    from deploy.local import stack
    from deploy.local.home import Home
    from deploy.terminal import tell

    if not stack.down(Home.from_environment(), tell):
        tell("nothing runs")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(as_json: bool) -> None:
    """Show what runs in BATON_HOME, how far along the report is, and which file has the passwords
    of the local ClickHouse. The exit code is 1 if nothing runs.
    """
    from deploy.local import process
    from deploy.local import status as stack_status
    from deploy.local.home import Home
    from deploy.local.statements import running
    from deploy.terminal import print_status
    from queries.freshness import UNKNOWN, look
    from queries.pipeline import KafkaPipeline

    home = Home.from_environment()
    rows, statements, ended = stack_status.rows(home), running(home), process.ended(home)
    freshness = look(KafkaPipeline.from_environment()) if rows else UNKNOWN
    if as_json:
        say_json(stack_status.as_json(home, rows, statements, ended, freshness))
    else:
        print_status(home, rows, statements, ended, freshness)
    if not rows:
        raise SystemExit(1)


@click.command()
@click.argument("name", required=False)
@click.option("-f", "--follow", is_flag=True, help="Go on as lines are added, until Ctrl-C.")
@click.option(
    "-n", "--lines", type=click.IntRange(0), default=20, show_default=True, help="Of each log."
)
def logs(name: str | None, follow: bool, lines: int) -> None:
    """Show the end of the log of NAME (kafka, clickhouse, worker-1, ...), or of every one."""
    from deploy.local.home import Home
    from deploy.local.logs import show
    from deploy.terminal import told

    with told():
        show(Home.from_environment(), name, lines, follow, lambda line: say(line.expandtabs()))


@click.command()
@ports
@click.option("--once", is_flag=True, help="End after the sample's report, and remove all traces.")
def demo(once: bool, kafka_port: int, clickhouse_port: int, serve_port: int) -> None:
    """See all of Baton run on this machine: a real sample, then a made-up live feed.

    It has a directory of its own (.baton/demo) and takes free ports where the usual ones are
    taken. Ctrl-C stops everything; the data stays for the next time. On servers given by
    KAFKA_BOOTSTRAP_SERVERS or CLICKHOUSE_URL it keeps to topics and a database of its own.
    """
    from deploy import demo as the_demo
    from deploy.local.home import Home
    from deploy.local.signals import ended_by_signals
    from deploy.local.stack import Ports
    from deploy.terminal import tell, told

    asked = Ports(kafka_port, clickhouse_port, serve_port)
    with told(), ended_by_signals():
        the_demo.show(Home.from_environment(), asked, once, tell)
