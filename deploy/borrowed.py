"""Servers the user has given: a demo keeps to topics and a database of its own there."""

from __future__ import annotations

import os
from urllib.parse import urlsplit, urlunsplit

from deploy.local import environment


def keep_apart(name: str) -> list[str]:
    """Point the environment at topics and a database called after `name` on given servers.

    Returns what is used so, for the reader. `name` is letters, digits and "_".
    """
    used = []
    if address := environment.given(environment.KAFKA):
        os.environ["BATON_TOPIC_PREFIX"] = f"{name}."
        used.append(f"the Kafka at {address}, topics {name}.*")
    if url := environment.given(environment.CLICKHOUSE):
        os.environ[environment.CLICKHOUSE] = with_database(url, name)
        used.append(f"the ClickHouse of {environment.CLICKHOUSE}, database {name}")
    return used


def remove(name: str) -> None:
    """Delete those topics and that database."""
    if environment.given(environment.KAFKA):
        _delete_topics(f"{name}.")
    if environment.given(environment.CLICKHOUSE):
        from sink.clickhouse import connect, quoted

        with connect() as client:
            client.command(f"DROP DATABASE IF EXISTS {quoted(name)}")


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
