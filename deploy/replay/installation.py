"""What every replay command looks at first: Kafka, ClickHouse, and the generations there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

from deploy.local.home import Home
from producers.kafka import Topics, client_config
from sink import generations
from sink.clickhouse import Settings, connect, settings_from_url
from sink.generations import Generation, State


class Refused(Exception):
    """It cannot be done; the text says why and what to do."""


@dataclass
class Installation:
    """One installation, as the environment names it."""

    home: Home
    kafka: Mapping[str, str]
    prefix: str
    address: Settings
    client: Client

    @property
    def known(self) -> dict[int, Generation]:
        """All generations, as they are now."""
        return generations.known(self.client)

    @property
    def live(self) -> Generation:
        """The one that readers see."""
        return generations.live(self.known)

    def topics(self, number: int) -> Topics:
        """The topics of a generation."""
        return Topics(self.prefix, number)

    def find(self, number: int, *wanted: State) -> Generation:
        """A generation in one of these states; raises Refused."""
        found = self.known.get(number)
        if found is None or (wanted and found.state not in wanted):
            state = found.state if found else "not there"
            raise Refused(f"generation {number} is {state}; `baton replay list` shows all")
        return found


@contextmanager
def opened(kafka: Mapping[str, str] | None = None) -> Iterator[Installation]:
    """The installation of the environment, `kafka` included if that is not given; raises
    ClickHouseUnusable and Unset."""
    address = settings_from_url()
    with connect(address) as client:
        yield Installation(
            Home.from_environment(),
            client_config() if kafka is None else kafka,
            Topics.from_environment().prefix,
            address,
            client,
        )
