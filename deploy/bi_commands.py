"""`baton bi`: who may read the views of the local ClickHouse, and of which workspaces."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from producers.terminal import say

if TYPE_CHECKING:
    from deploy.local.home import Home

COLUMN = "workspace_id"


@click.group()
def bi() -> None:
    """Add, list and remove readers for BI tools, in the local ClickHouse.

    A reader of workspaces sees their rows of the views and no others, whatever it asks. `bi`, which
    is there from the start, reads all workspaces.
    """


@bi.command()
@click.argument("name")
@click.option(
    "--workspace",
    "-w",
    "workspaces",
    required=True,
    multiple=True,
    help="What it reads (or several).",
)
def add(name: str, workspaces: tuple[str, ...]) -> None:
    """Add the reader NAME. Its password is shown once; only a hash of it is kept.

    A ClickHouse that runs is started anew, which takes some seconds.
    """
    from deploy.local.clickhouse import readers

    if not all(workspaces):
        raise click.BadParameter("it is empty", param_hint="--workspace")
    with _users() as (home, path):
        password = readers.add(path, name, {COLUMN: list(dict.fromkeys(workspaces))})
        say(password)
        _restart(home)


@bi.command("list")
def list_readers() -> None:
    """List the readers, and which workspaces each of them reads."""
    from deploy.local.clickhouse import users

    with _users() as (_, path):
        entries = users.entries(path) if path.exists() else {}
    for name, entry in entries.items():
        if "read" in entry:
            rows = entry.get("rows", {}).get(COLUMN)
            say(f"{name}  {', '.join(map(_shown, rows)) if rows else 'all workspaces'}")


@bi.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove the reader NAME. A ClickHouse that runs is started anew."""
    from deploy.local.clickhouse import readers

    with _users() as (home, path):
        if not path.exists():
            raise click.ClickException(f"There is no reader '{name}'.")
        readers.remove(path, name)
        _restart(home)


@contextmanager
def _users() -> Iterator[tuple[Home, Path]]:
    """The home and its users file, while nobody starts or stops anything there."""
    from deploy.local import environment, services
    from deploy.local.clickhouse.readers import Refused
    from deploy.local.home import Home
    from deploy.terminal import told

    if environment.given(environment.CLICKHOUSE):
        raise click.ClickException(
            f"{environment.CLICKHOUSE} is set, so that ClickHouse is not this command's: make users"
            " and row policies there (queries/README.md, BI tools)."
        )
    home = Home.from_environment()
    path = services.clickhouse_users(home)
    try:
        with told(), home.locked():
            path.parent.mkdir(parents=True, exist_ok=True)
            yield home, path
    except (Refused, ValueError, OSError) as problem:
        raise click.ClickException(str(problem)) from None


def _restart(home: Home) -> None:
    from deploy.local import services

    if services.restart_clickhouse(home):
        say("ClickHouse was started anew.", err=True)


def _shown(workspace: str) -> str:
    """It may be any text, and is not to steer the terminal."""
    return workspace if workspace.isprintable() else repr(workspace)
