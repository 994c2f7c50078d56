"""The commands of this room: `baton migrate`, `baton sink` and what it may be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from producers.terminal import say
from stream.operation import planned

if TYPE_CHECKING:
    from sink.migrate import Migration


@click.command()
@click.option("--show", is_flag=True, help="Print the SQL and run nothing.")
def migrate(show: bool) -> None:
    """Create or update the tables of the database that CLICKHOUSE_URL names.

    Where sinks write to them already, those of every generation wait for a moment, which takes
    their Kafka; the first tables are made without one.
    """
    from sink import migrate as history

    try:
        migrations = history.migrations()
        if show:
            _show(migrations)
        else:
            _migrate(migrations)
    except history.MigrationRefused as refusal:
        raise click.ClickException(str(refusal)) from None


def _show(migrations: list[Migration]) -> None:
    for migration in migrations:
        say(f"-- {migration.name}", *migration.sql.split("\n"))


def _migrate(migrations: list[Migration]) -> None:
    from producers.kafka import Topics, client_config
    from sink.clickhouse import ClickHouseUnusable, connect, create_database, settings_from_url
    from sink.upgrade import Upgrade

    try:
        settings = settings_from_url()
        create_database(settings)
        client = connect(settings)
    except ClickHouseUnusable as problem:
        raise click.ClickException(str(problem)) from None
    count, prefix = 0, Topics.from_environment().prefix
    with client:
        for migration in Upgrade(settings, client, client_config, prefix, migrations).run():
            say(f"applied {migration.name}")
            count += 1
    say(f"{settings.shown} is up to date ({count} of {len(migrations)} applied now)")


@click.group(invoke_without_command=True)
@click.option(
    "--until-caught-up",
    is_flag=True,
    help="End when all that the log holds at the start is written.",
)
@click.pass_context
def sink(context: click.Context, until_caught_up: bool) -> None:
    """Write assignments into ClickHouse, each exactly once.

    Runs until SIGTERM or Ctrl-C. Any number of sinks share the work; what one leaves undone the
    next takes up. While Kafka or ClickHouse is away it waits.
    """
    if context.invoked_subcommand is not None:
        return
    from sink import running

    try:
        running.run(until_caught_up=until_caught_up)
    except running.STOPPED as problem:
        raise click.ClickException(str(problem)) from None


@sink.command(short_help="Set where it goes on after an impossible state.")
@click.option(
    "--partition",
    "partitions",
    type=click.IntRange(0),
    multiple=True,
    help="Of assignment-log (or several).  [default: all]",
)
@click.option(
    "--from-offset", "offset", type=click.IntRange(0), required=True, help="Where to go on."
)
@click.option("--execute", is_flag=True, help="Do it; without this only the plan is shown.")
def resolve(partitions: tuple[int, ...], offset: int, execute: bool) -> None:
    """Set where the sink goes on, after it stopped at an impossible state.

    All sinks must be stopped. What lies before the offset counts as written, what lies at it and
    after it as not written.
    """
    from sink import running

    try:
        for line in running.resolve(partitions, offset, execute=execute):
            say(line)
    except running.STOPPED as problem:
        raise click.ClickException(str(problem)) from None


@sink.command()
@planned
def pause(execute: bool, as_json: bool) -> None:
    """Let all sinks stand still; rows wait in assignment-log."""
    _paused(True, execute, as_json)


@sink.command()
@planned
def resume(execute: bool, as_json: bool) -> None:
    """Let paused sinks go on."""
    _paused(False, execute, as_json)


def _paused(paused: bool, execute: bool, as_json: bool) -> None:
    from sink import pausing
    from sink.rewriting_commands import explained

    with explained():
        pausing.operate_pause(paused, execute, as_json)
