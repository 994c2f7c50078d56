"""The addresses of the local stack, for commands that were given none.

What the user has set in the environment always goes first.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from urllib.parse import quote

from deploy.local import generation, process
from deploy.local.home import LOOPBACK, Home
from producers.private import private

KAFKA = "KAFKA_BOOTSTRAP_SERVERS"
CLICKHOUSE = "CLICKHOUSE_URL"


def apply(environ: MutableMapping[str, str] = os.environ) -> None:
    """Set the addresses that are unset to those of the stack that runs in BATON_HOME, if one does,
    and the generation to the live one. There are no others: what needs one says that it is missing.

    ClickHouse's URL holds the password, which is read from a file that its owner alone can read.
    """
    home = Home.from_environment(environ)
    if home.path.exists():
        private(home.path)
    for name, address in addresses(home).items():
        environ[name] = environ.get(name) or address
    generation.apply(home, environ)


def given(name: str, environ: MutableMapping[str, str] = os.environ) -> str | None:
    """The address the user has set, or None where it is unset or the stack's own."""
    own = addresses(Home.from_environment(environ)).get(name)
    address = environ.get(name)
    return None if address == own else address


def addresses(home: Home) -> dict[str, str]:
    """Variable to address, of what runs in `home`."""
    found = {}
    if kafka := process.find(home, "kafka"):
        found[KAFKA] = f"{LOOPBACK}:{kafka.ports['kafka']}"
    if clickhouse := process.find(home, "clickhouse"):
        found[CLICKHOUSE] = _clickhouse_url(home, clickhouse.ports["clickhouse"])
    return found


def _clickhouse_url(home: Home, port: int) -> str:
    """Without a password if the users file holds only its hash: ClickHouse then says that one is
    missing, and the user must set the variable."""
    from deploy.local.clickhouse import users
    from deploy.local.services import clickhouse_users

    password = users.passwords(clickhouse_users(home)).get(users.ADMIN)
    secret = f":{quote(password, safe='')}" if password else ""
    return f"http://{users.ADMIN}{secret}@{LOOPBACK}:{port}/baton"
