"""`baton worker`, `baton resume` and `baton pause`."""

from __future__ import annotations

import logging
import sys

import click

from stream.operation import Plan, Steps, operate, planned
from stream.operator import Plan as Word
from stream.settings import Settings

PARTITION = click.IntRange(0)


@click.command()
@click.option(
    "--instance",
    help="Name of this worker, the same after a restart.  [env var: BATON_INSTANCE; default:"
    f" {Settings.instance}]",
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="Port of /healthz on loopback.  [env var: BATON_WORKER_PORT; default:"
    f" {Settings.web_port}]",
)
@click.option("-v", "--verbose", is_flag=True, help="Log what Faust does, too.")
def worker(instance: str | None, port: int | None, verbose: bool) -> None:
    """Derive assignments from events, exactly once.

    Reads assignment-events; writes assignment-log, contact-history and assignment-events.dead in
    one transaction per batch. Run as many as there are cores, up to the number of partitions, each
    with an --instance of its own. Ends with 0 when told to stop, and with another code rather than
    going on wrongly; start it again then.
    """
    from dataclasses import replace

    settings = Settings.from_environment()
    settings = replace(
        settings,
        instance=instance or settings.instance,
        web_port=port or settings.web_port,
    )
    from stream.run import run

    sys.exit(run(settings, logging.INFO if verbose else logging.WARNING))


@click.command()
@click.option("--partition", type=PARTITION, required=True, help="Of assignment-events.")
@click.option("--accept-flood", is_flag=True, help="Take all dead letters that lie there now.")
@click.option("--accept-loss", is_flag=True, help="Go on after events that retention has removed.")
@planned
def resume(
    partition: int, accept_flood: bool, accept_loss: bool, execute: bool, as_json: bool
) -> None:
    """Let a paused or stopped partition go on."""
    from stream.operator import resume_plan

    settings = Settings.from_environment()
    plan = resume_plan(settings, partition, accept_flood, accept_loss)
    _tell(settings, "resume", plan, execute, as_json)


@click.command()
@click.option("--partition", type=PARTITION, required=True, help="Of assignment-events.")
@planned
def pause(partition: int, execute: bool, as_json: bool) -> None:
    """Let a partition stand still; its events wait in Kafka."""
    from stream.operator import pause_plan

    settings = Settings.from_environment()
    _tell(settings, "pause", pause_plan(settings, partition), execute, as_json)


def _tell(settings: Settings, command: str, word: Word, execute: bool, as_json: bool) -> None:
    """What is told the workers reaches them within a few seconds."""
    what, *afterwards = word.text.splitlines()
    plan = Plan(command, what, afterwards=afterwards)

    def deed() -> Steps:
        word.execute()
        yield 0
        return {}

    operate(settings.kafka, settings.topics, plan, deed, execute=execute, as_json=as_json)
