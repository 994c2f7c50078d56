"""Servers the user has given: a demo keeps to topics and a database of its own there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from deploy.local import environment


@dataclass(frozen=True)
class Borrowed:
    """Given servers, and the name under which the demo keeps its things there."""

    name: str
    kafka: str | None
    clickhouse: str | None

    @classmethod
    def from_environment(cls, name: str) -> Borrowed:
        """What the user has given; `name` is letters, digits and "_"."""
        kafka, clickhouse = map(environment.given, (environment.KAFKA, environment.CLICKHOUSE))
        return cls(name, kafka, clickhouse)

    def keep_apart(self) -> list[str]:
        """Point the environment at topics and a database called after `name`.

        Returns what is used so, for the reader.
        """
        used = []
        if self.kafka:
            os.environ["BATON_TOPIC_PREFIX"] = f"{self.name}."
            used.append(f"the Kafka at {self.kafka}, topics {self.name}.*")
        if self.clickhouse:
            os.environ[environment.CLICKHOUSE] = with_database(self.clickhouse, self.name)
            used.append(f"the ClickHouse of {environment.CLICKHOUSE}, database {self.name}")
        return used

    def remove(self) -> None:
        """Delete those topics and that database."""
        if self.kafka:
            _delete_topics(f"{self.name}.")
        if self.clickhouse:
            from sink.clickhouse import connect, quoted

            with connect() as client:
                client.command(f"DROP DATABASE IF EXISTS {quoted(self.name)}")


def with_database(url: str, name: str) -> str:
    """The same ClickHouse, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _delete_topics(prefix: str) -> None:
    from confluent_kafka.admin import AdminClient

    from producers.kafka import client_config

    admin = AdminClient(client_config())
    mine = [name for name in admin.list_topics(timeout=15).topics if name.startswith(prefix)]
    for future in admin.delete_topics(mine).values() if mine else ():
        future.result()
