"""`baton topics`: the topics of an installation."""

from __future__ import annotations

import click

from producers.kafka import Topics, client_config
from producers.terminal import say
from stream.topics import create, declared


@click.command()
@click.option(
    "--partitions",
    type=click.IntRange(1),
    default=4,
    show_default=True,
    help="For topics not there yet.",
)
@click.option("--show", is_flag=True, help="Print names and settings, and create nothing.")
def topics(partitions: int, show: bool) -> None:
    """Create the topics that are missing in a Kafka of your own (`baton up` does it by itself).

    The number of partitions bounds how many workers share the load, and must not change later:
    contacts would move between partitions. A topic that is there keeps its settings.
    """
    its = Topics.from_environment()
    if show:
        for name, config in declared(its).items():
            say(f"{name}  {partitions} partitions")
            for setting, value in config.items():
                say(f"    {setting}={value}")
        return
    created = create(client_config(), its, partitions)
    for name in declared(its):
        say(f"{name}  {'created' if name in created else 'was there'}")
