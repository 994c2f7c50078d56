"""The commands of this room: `baton migrate`, `baton sink`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sink.migrate import Migration


@click.command()
@click.option("--show", is_flag=True, help="Print the SQL and run nothing.")
def migrate(show: bool) -> None:
    """Create or update the tables of the database that CLICKHOUSE_URL names."""
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
        click.echo(f"-- {migration.name}\n{migration.sql}")


def _migrate(migrations: list[Migration]) -> None:
    from sink import migrate as history
    from sink.clickhouse import ClickHouseUnusable, connect, create_database, settings_from_url

    try:
        settings = settings_from_url()
        create_database(settings)
        client = connect(settings)
    except ClickHouseUnusable as problem:
        raise click.ClickException(str(problem)) from None
    count = 0
    with client:
        for migration in history.migrate(client, migrations):
            click.echo(f"applied {migration.name}")
            count += 1
    click.echo(f"{settings.shown} is up to date ({count} of {len(migrations)} applied now)")
