"""`baton audit`: what operators did."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from producers.terminal import say, say_json


@click.command()
@click.option(
    "-n", "--last", type=click.IntRange(1), default=20, show_default=True, help="So many of them."
)
@click.option("--json", "as_json", is_flag=True, help="For programs, with plan and result.")
def audit(last: int, as_json: bool) -> None:
    """List what operators did: who, when, what, and how it ended."""
    from dataclasses import asdict

    import orjson

    from producers.kafka import Topics, client_config
    from stream.audit import entries

    found = entries(client_config(), Topics.from_environment())[-last:]
    if as_json:
        say_json(orjson.dumps([asdict(entry) for entry in found]))
        return
    for entry in found:
        at = datetime.fromtimestamp(entry.started_at, UTC)
        what = str(entry.plan.get("what", ""))
        say(f"{at:%Y-%m-%d %H:%M:%S}Z  {entry.who}  {entry.command}  {entry.state}  {what}")
    if not found:
        say("No operation was recorded yet.")
