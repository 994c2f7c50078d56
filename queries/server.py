"""`baton serve`: the application on a socket."""

from __future__ import annotations

import ipaddress
import os
import socket
from contextlib import suppress

import uvicorn

from producers.private import private
from producers.terminal import say
from producers.variables import home, number
from queries.api.app import LOOPBACK, create_app
from queries.api.services import Services
from queries.errors import QueryError
from queries.following import FollowingPipeline
from queries.freshness import Watch
from queries.page import fetch
from queries.page.render import texts
from queries.records import RecordsUnusable
from queries.store import ClickHouseStore
from queries.tokens import Tokens
from queries.workspaces import default_zone

ANY = ("*",)


def run(host: str, port: int) -> None:
    """Serve until stopped; raises QueryError when that would be unsafe or cannot work, and
    Misconfigured."""
    rate = number("BATON_SERVE_RATE", 50)
    # What these variables name has to be there before anybody asks.
    texts()
    default_zone()
    tokens, names = Tokens.from_environment(), hosts(host)
    # Anybody may write an X-Forwarded-For; only where it is said whose to believe is it believed.
    proxied = bool(os.environ.get("FORWARDED_ALLOW_IPS"))
    opens = is_loopback(host) and set(names) <= set(LOOPBACK) and not proxied
    if not _any(tokens) and not opens:
        where = ", ".join(names[len(LOOPBACK) :]) or (f"{host} behind a proxy" if proxied else host)
        raise QueryError(
            f"Serving as {where} would open the report to others: make a token first "
            "(`baton token create WORKSPACE`)."
        )
    if not fetch.present():
        raise QueryError(
            "The page's libraries are missing or of other versions: run "
            "`make install`, or `python -m queries.page.fetch`."
        )
    watch = Watch(FollowingPipeline.from_environment())
    services = Services(
        store=ClickHouseStore.from_environment(),
        fresh=watch,
        tokens=tokens,
        exports=private(home()) / "exports",
        requests_per_second=rate,
    )
    with listening(host, port) as listener, suppress(KeyboardInterrupt):
        app = create_app(services, names, opens=opens and on_loopback(listener))
        server = uvicorn.Server(
            uvicorn.Config(
                app, log_level="warning", access_log=False, proxy_headers=proxied, ws="none"
            )
        )
        # The first look takes longest: it is under way before anybody asks.
        watch.begin()
        say(f"http://{host}:{port}/reports/assignments")
        server.run(sockets=[listener])


def _any(tokens: Tokens) -> bool:
    try:
        return bool(tokens.all())
    except RecordsUnusable as unusable:
        raise QueryError(str(unusable)) from unusable


def listening(host: str, port: int) -> socket.socket:
    """A socket that is open before its address is told; raises QueryError where it cannot be."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
        return listener
    except OSError as error:
        listener.close()
        raise QueryError(
            f"Cannot listen on {host}:{port}: {error.strerror}. Choose another port with --port or "
            "BATON_SERVE_PORT."
        ) from None


def on_loopback(listener: socket.socket) -> bool:
    """Whether only this machine can reach it, whatever name it was given."""
    return is_loopback(listener.getsockname()[0])


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def hosts(host: str) -> tuple[str, ...]:
    """Names to answer to: loopback's, `BATON_SERVE_HOSTS` (comma-separated), or else any."""
    named = tuple(filter(None, os.environ.get("BATON_SERVE_HOSTS", "").split(",")))
    if named:
        return (*LOOPBACK, *named)
    return LOOPBACK if is_loopback(host) else ANY
