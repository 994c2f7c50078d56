"""Which workspace a question is about, and its time zone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from producers.variables import Misconfigured
from queries.errors import Forbidden, InvalidFilter, NothingYet, UnknownWorkspace, WorkspaceNeeded
from queries.sql import statement
from queries.store import Store
from queries.zones import zone


def known(store: Store) -> list[str]:
    """Every workspace that ever had an assignment, sorted."""
    return [row["workspace_id"] for row in store.rows(statement("workspaces"), {})]


def choose(store: Store, named: str | None) -> str:
    """The workspace that was named, or the only one; raises UnknownWorkspace, WorkspaceNeeded."""
    there = known(store)
    if named is not None:
        if named not in there:
            raise UnknownWorkspace(f"No assignment of workspace '{named}' was seen.")
        return named
    if not there:
        raise NothingYet("No assignment was seen yet.")
    if len(there) > 1:
        raise WorkspaceNeeded(there)
    return there[0]


def permitted(store: Store, named: str | None, allowed: str | None) -> str:
    """The workspace to answer for; `allowed` is that of the caller's token (None: any).

    With a token nothing is looked up, so that nobody learns which other workspaces there are.
    """
    if allowed is None:
        return choose(store, named)
    if named not in (None, allowed):
        raise Forbidden("This token reads another workspace.")
    return allowed


def time_zone(
    store: Store, workspace: str, asked: str | None, environ: Mapping[str, str] = os.environ
) -> ZoneInfo:
    """The zone asked for, else the workspace's, else `BATON_TIMEZONE`, else UTC."""
    if asked:
        return zone(asked)
    rows = store.rows(statement("time_zone"), {"workspace": workspace})
    own = rows and rows[0]["timezone"]
    return zone(own) if own else default_zone(environ)


def default_zone(environ: Mapping[str, str] = os.environ) -> ZoneInfo:
    """Of workspaces that have none of their own: `BATON_TIMEZONE`, else UTC; raises
    Misconfigured."""
    name = environ.get("BATON_TIMEZONE") or "UTC"
    try:
        return zone(name)
    except InvalidFilter:
        wanted = "an IANA name such as 'Europe/Paris'"
        raise Misconfigured(f"BATON_TIMEZONE is {name!r}, and must be {wanted}") from None
