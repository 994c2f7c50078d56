"""`baton export`, `baton token` and `baton timezone`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from producers.interrupts import INTERRUPTED, Interrupted, Interrupts
from producers.terminal import say
from queries.commands import question, question_options, readable_errors

if TYPE_CHECKING:
    from queries.export import Manifest
    from queries.export_files import Format
    from queries.freshness import Freshness
    from queries.question import Question
    from queries.store import ClickHouseStore

_FORMATS = ("csv", "jsonl", "parquet")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--format", "fmt", type=click.Choice(_FORMATS), help="Default: FILE's suffix.")
@question_options
def export(file: Path, fmt: str | None, **options: Any) -> None:
    """Write every assignment into FILE, and what it holds into FILE.manifest.json.

    Each option from --source to --hold may be given several times.

    Older ones stay until both are whole. FILE must be a regular file, or none yet: links, pipes,
    devices and standard output are refused. Exit code 1: it cannot be read or written; 130:
    interrupted.
    """
    from queries.export_files import Format
    from queries.export_pair import NotWritten, kept

    fmt = fmt or file.suffix.removeprefix(".")
    if str(file) == "-":
        raise click.UsageError("Name a FILE: standard output has no place for its manifest.")
    if fmt not in _FORMATS:
        raise click.UsageError(f"Say --format: one of {', '.join(_FORMATS)}.")
    try:
        with Interrupts() as interrupts, readable_errors():
            done = _export(file, Format(fmt), options, interrupts)
    except NotWritten as failed:
        raise click.ClickException(str(failed)) from None
    except Interrupted:
        say(f"Interrupted; {kept(file)}.", err=True)
        sys.exit(INTERRUPTED)
    _say(f"{done.rows:,} rows, {done.bytes:,} bytes, SHA-256 {done.sha256}: {file}", file)


def _export(file: Path, fmt: Format, options: dict[str, Any], interrupts: Interrupts) -> Manifest:
    from producers.progress import progress
    from queries import export as exports

    store, asked, fresh, total = interrupts.reading(lambda: _asked(options))
    with progress("Exporting", total, lambda rows: rows) as advance:
        return exports.export(store, asked, fresh, fmt, file, advance, interrupts)


def _asked(options: dict[str, Any]) -> tuple[ClickHouseStore, Question, Freshness, int]:
    from queries.export import total
    from queries.freshness import look
    from queries.pipeline import KafkaPipeline

    store, asked = question(options)
    return store, asked, look(KafkaPipeline.from_environment()), total(store, asked)


def _say(text: str, file: Path) -> None:
    """What came of it, on a standard output that may be full or gone."""
    try:
        say(text)
    except OSError as error:
        reason = f"cannot write to standard output: {error.strerror}; {file} is whole"
        raise click.ClickException(reason) from None


@click.group()
def token() -> None:
    """Make, list and revoke access tokens; one reads one workspace."""


@token.command()
@click.argument("workspace")
@click.option("--note", default="", help="Whose it is, or what for.")
def create(workspace: str, note: str) -> None:
    """Make a token. It is shown once."""
    from queries.tokens import Tokens

    with _readable_tokens():
        say(Tokens.from_environment().create(workspace, note))


@token.command("list")
def list_tokens() -> None:
    """List tokens: id, workspace, when made, note."""
    from queries.tokens import Tokens

    with _readable_tokens():
        tokens = Tokens.from_environment().all()
    for kept in tokens:
        say(f"{kept.id}  {kept.workspace}  {kept.created_at:%Y-%m-%d %H:%M}  {kept.note}")


@token.command()
@click.argument("identifier", metavar="ID")
def revoke(identifier: str) -> None:
    """Take a token back; it stops working at once."""
    from queries.tokens import Tokens

    tokens = Tokens.from_environment()
    with _readable_tokens():
        if not tokens.revoke(identifier):
            raise click.ClickException(f"There is no token '{identifier}'.")
        left = len(tokens.all())
    say(f"Revoked. {left} left." if left else "Revoked. None is left: nobody is let in.")


@contextmanager
def _readable_tokens() -> Iterator[None]:
    from queries.records import RecordsUnusable

    try:
        yield
    except RecordsUnusable as unusable:
        raise click.ClickException(str(unusable)) from unusable


@click.command()
@click.argument("workspace")
@click.argument("name", metavar="[ZONE]", required=False)
def timezone(workspace: str, name: str | None) -> None:
    """Show or set the time zone a workspace's report is in (IANA name).

    It can be set before the workspace's first assignment.
    """
    from queries import workspaces
    from queries.store import ClickHouseStore
    from queries.zones import zone
    from sink.clickhouse import connect
    from sink.rewriting_commands import explained

    if not workspace:
        raise click.BadParameter("it is empty", param_hint="WORKSPACE")
    with readable_errors(), explained():
        wanted = None if name is None else zone(name).key
        store = ClickHouseStore.from_environment()
        there = workspace in workspaces.known(store)
        if wanted is None:
            say(workspaces.time_zone(store, workspace, None).key)
        else:
            row = {"workspace_id": workspace, "timezone": wanted}
            connect().insert("workspace_settings", [[*row.values()]], column_names=[*row])
    if not there:
        say(f"No assignment of workspace '{workspace}' was seen yet.", err=True)
