"""`baton trace` and `baton tail`."""

from __future__ import annotations

import click

from producers.terminal import say, say_json


@click.command()
@click.argument("what", metavar="EVENT_ID|CONTACT")
@click.option("--workspace", help="Of the contact; needed where a contact is asked for.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def trace(what: str, workspace: str | None, as_json: bool) -> None:
    """Follow one event, or all of one contact, from raw message to row.

    For each message: where it lies, what was decided and why, the rows that came of it (corrections
    of other rows, too), and whether they are in ClickHouse.
    """
    from uuid import UUID

    import orjson

    from deploy.replay import trace as tracing
    from deploy.replay.installation import opened
    from producers.event import key
    from sink.rewriting_commands import explained

    with explained(), opened() as there:
        topics = there.topics(there.live.number)
        try:
            event = UUID(what)
        except ValueError:
            event = None
        if event is None and workspace is None:
            raise click.UsageError("a contact is looked for with its --workspace")
        contact = tracing.contact_of(there, topics, event) if event else key(str(workspace), what)
        steps = tracing.trace(there, topics, contact) if contact is not None else []
        if event:
            mine = str(event)
            steps = [
                step
                for step in steps
                if step.event_id == mine or any(row["event_id"] == mine for row in step.rows)
            ]
        if not steps:
            raise click.ClickException(f"no message of {what} is in {topics.events}")
        if as_json:
            say_json(orjson.dumps(steps))
            return
        for step in steps:
            say(*step.lines())


@click.command()
@click.option("--workspace", help="Only of this one.")
@click.option("--contact", help="Only of this one.")
@click.option("-n", "--count", type=click.IntRange(1), help="End after so many messages.")
def tail(workspace: str | None, contact: str | None, count: int | None) -> None:
    """Show events, rows and dead letters as they come in, until Ctrl-C."""
    from deploy.replay import tailing
    from deploy.replay.installation import opened
    from sink.rewriting_commands import explained

    with explained(), opened() as there:
        topics = there.topics(there.live.number)
        try:
            for line in tailing.lines(there.kafka, topics, workspace, contact, count):
                say(line)
        except KeyboardInterrupt:
            return
