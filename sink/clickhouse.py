"""Where ClickHouse is, and a connection to it.

`CLICKHOUSE_URL` says it: `http://user:password@host:port/database` (or https). It is the only place
the password stands; no error here repeats it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError

from producers.variables import address

# What fails is raised as well. Where a process has set up logging, its log has these lines, too;
# where none is (a command), Python would print them on stderr, before the one line for its user.
logging.getLogger(clickhouse_connect.__name__).addHandler(logging.NullHandler())

_PORTS = {"http": 8123, "https": 8443}
_UNKNOWN_DATABASE = 81
_WRONG_CREDENTIALS = {192, 193, 194, 516}


class ClickHouseUnusable(Exception):
    """ClickHouse cannot be used as configured; the text says why, without the password."""


@dataclass(frozen=True)
class Settings:
    """What `CLICKHOUSE_URL` says."""

    host: str
    port: int
    username: str = "default"
    password: str = field(default="", repr=False)
    database: str = "baton"
    secure: bool = False

    @property
    def shown(self) -> str:
        """The address for messages: everything but the password."""
        scheme = "https" if self.secure else "http"
        return f"{scheme}://{self.username}@{self.host}:{self.port}/{self.database}"


def settings_from_url(environ: Mapping[str, str] = os.environ) -> Settings:
    """`CLICKHOUSE_URL` taken apart; raises Unset without one, ClickHouseUnusable when it is no such
    address."""
    example = "expected http://user:password@host:port/database"
    try:
        url = urlsplit(address("CLICKHOUSE_URL", "ClickHouse", environ))
        port = url.port
    except ValueError:
        raise ClickHouseUnusable(f"CLICKHOUSE_URL is no address ({example})") from None
    if url.scheme not in _PORTS or not url.hostname:
        raise ClickHouseUnusable(f"CLICKHOUSE_URL is no http or https address ({example})")
    return Settings(
        host=url.hostname,
        port=port or _PORTS[url.scheme],
        username=unquote(url.username or "default"),
        password=unquote(url.password or ""),
        database=unquote(url.path.strip("/")) or "baton",
        secure=url.scheme == "https",
    )


def connect(
    settings: Settings | None = None,
    *,
    database: str | None = None,
    timeout: int = 300,
    **options: Any,
) -> Client:
    """A connection (synchronous) to the database of `CLICKHOUSE_URL`, or to another one there.

    `timeout` is seconds of silence within one request; `options` are clickhouse-connect's. Raises
    ClickHouseUnusable when ClickHouse cannot be reached, refuses the user, or lacks the database.
    """
    settings = settings or settings_from_url()
    try:
        return clickhouse_connect.get_client(
            host=settings.host,
            port=settings.port,
            username=settings.username,
            password=settings.password,
            database=database or settings.database,
            interface="https" if settings.secure else "http",
            send_receive_timeout=timeout,
            autogenerate_session_id=False,
            **options,
        )
    except ClickHouseError as error:
        raise ClickHouseUnusable(_explained(error, settings)) from None


def create_database(settings: Settings) -> None:
    """Creates the database of `settings` where it is missing; raises ClickHouseUnusable."""
    client = connect(settings, database="default")
    try:
        client.command(f"CREATE DATABASE IF NOT EXISTS {quoted(settings.database)}")
    except DatabaseError as error:
        raise ClickHouseUnusable(_explained(error, settings)) from None
    finally:
        client.close()


def quoted(name: str) -> str:
    """A name as ClickHouse takes any name: in backticks."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def _explained(error: ClickHouseError, settings: Settings) -> str:
    code = getattr(error, "code", None)
    if code == _UNKNOWN_DATABASE:
        return f"no database at {settings.shown}: run `baton migrate` first"
    if code in _WRONG_CREDENTIALS:
        return f"{settings.shown} refuses this user or password (they stand in CLICKHOUSE_URL)"
    if code is None:
        return (
            f"no ClickHouse answers at {settings.shown}: start it, or correct CLICKHOUSE_URL "
            "(where that is unset, `baton up` starts one)"
        )
    detail = str(error).replace(settings.password, "***") if settings.password else str(error)
    return f"{settings.shown}: {detail}"
