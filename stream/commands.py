"""`baton worker`, `baton resume` and `baton pause`."""

from __future__ import annotations

import logging
import sys

import click

from stream.settings import Settings


def _settings() -> Settings:
    try:
        return Settings.from_environment()
    except ValueError as error:
        raise click.ClickException(str(error)) from None


@click.command()
@click.option("--instance", help="Name of this worker, the same after a restart [BATON_INSTANCE].")
@click.option("--port", type=int, help="Port of /healthz on loopback [BATON_WORKER_PORT].")
@click.option("-v", "--verbose", is_flag=True, help="Log what Faust does, too.")
def worker(instance: str | None, port: int | None, verbose: bool) -> None:
    """Derive assignments from events, exactly once.

    Reads assignment-events; writes assignment-log, contact-history and assignment-events.dead in
    one transaction per batch. Run as many as there are cores, up to the number of partitions, each
    with an --instance of its own. Ends with 0 when told to stop, and with another code rather than
    going on wrongly; start it again then.
    """
    from dataclasses import replace

    settings = _settings()
    settings = replace(
        settings,
        instance=instance or settings.instance,
        web_port=port or settings.web_port,
    )
    from stream.run import run

    sys.exit(run(settings, logging.INFO if verbose else logging.WARNING))


@click.command()
@click.option("--partition", type=int, required=True, help="Partition of assignment-events.")
@click.option("--accept-flood", is_flag=True, help="Take all dead letters that lie there now.")
@click.option("--accept-loss", is_flag=True, help="Go on after events that retention has removed.")
@click.option("--execute", is_flag=True, help="Do it; without this the plan is shown.")
def resume(partition: int, accept_flood: bool, accept_loss: bool, execute: bool) -> None:
    """Let a paused or stopped partition go on."""
    from stream.operator import resume_plan

    plan = resume_plan(_settings(), partition, accept_flood, accept_loss)
    click.echo(plan.text)
    if execute:
        plan.execute()
        click.echo("Done; the worker goes on within a few seconds.")
    else:
        click.echo("Nothing was done. Add --execute to do it.")


@click.command()
@click.option("--partition", type=int, required=True, help="Partition of assignment-events.")
@click.option("--execute", is_flag=True, help="Do it; without this the plan is shown.")
def pause(partition: int, execute: bool) -> None:
    """Let a partition stand still; its events wait in Kafka."""
    from stream.operator import pause_plan

    plan = pause_plan(_settings(), partition)
    click.echo(plan.text)
    if execute:
        plan.execute()
        click.echo("Done; the worker stops it within a few seconds.")
    else:
        click.echo("Nothing was done. Add --execute to do it.")
