"""`baton report`, `baton log` and `baton serve`."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, TypeVar, get_args

import click
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from producers.terminal import console, page, plain, say, say_json
from queries.errors import InvalidFilter, QueryError, WorkspaceNeeded, reason
from queries.filters import LISTS, Filters
from queries.periods import Period, utc_now
from queries.question import Question, ask
from queries.store import ClickHouseStore

Command = TypeVar("Command", bound=Callable[..., Any])
PERIODS = [str(period) for period in Period]


def question_options(command: Command) -> Command:
    """The options that say which assignments are meant."""
    options = [
        click.option("--workspace", "-w", help="Needed only where there are several."),
        click.option(
            "--period", type=click.Choice(PERIODS), default=Period.LAST_30_DAYS.value,
            show_default=True, help="Unless --from and --to say another.",
        ),
        click.option("--from", "start", help="First day (2016-02-29), or an instant with offset."),
        click.option("--to", "end", help="Last day, or an instant with offset; needs --from."),
        click.option("--timezone", "-z", help="IANA name; default: the workspace's, else UTC."),
        *map(_filter_option, LISTS),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def _filter_option(name: str) -> Callable[[Command], Command]:
    field = Filters.model_fields[name]
    (value,) = get_args(field.annotation)
    few = isinstance(value, type) and issubclass(value, StrEnum)
    kind = click.Choice([str(one) for one in value]) if few else None
    option = f"--{name.replace('_', '-')}"
    return click.option(option, multiple=True, type=kind, help=field.description)


@contextmanager
def readable_errors() -> Iterator[None]:
    """Whatever is wrong with the question is one line on stderr and exit code 1."""
    try:
        yield
    except WorkspaceNeeded as error:
        raise click.ClickException(f"{error} Name one with --workspace.") from None
    except QueryError as error:
        raise click.ClickException(str(error)) from None


def to_filters(options: dict[str, Any]) -> Filters:
    """Options as filters; raises InvalidFilter with every fault named."""
    given = {name: value for name, value in options.items() if value not in (None, (), [])}
    given = {name: list(v) if isinstance(v, tuple) else v for name, v in given.items()}
    try:
        return Filters(**given)
    except ValidationError as error:
        raise InvalidFilter("; ".join(map(_fault, error.errors()))) from None


def _fault(fault: ErrorDetails) -> str:
    """What is wrong with an option, by the option's name."""
    why = reason(fault["msg"])
    if not fault["loc"]:
        return re.sub(r"'(from|to)'", r"--\1", why)
    field = str(fault["loc"][0])
    name = {"start": "from", "end": "to"}.get(field, field.replace("_", "-"))
    return f"--{name}: {why}"


def question(options: dict[str, Any]) -> tuple[ClickHouseStore, Question]:
    """The store and what is asked of it; raises QueryError."""
    filters = to_filters(options)
    store = ClickHouseStore.from_environment()
    return store, ask(store, filters, utc_now())


@click.command()
@question_options
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def report(as_json: bool, **options: Any) -> None:
    """Print how many assignments each source made.

    Each option from --source to --hold may be given several times.
    """
    from queries import answers, terminal
    from queries.freshness import look
    from queries.pipeline import KafkaPipeline
    from queries.summary import summarize

    with readable_errors():
        store, asked = question(options)
        freshness = look(KafkaPipeline.from_environment())
        answer = answers.report(asked, summarize(store, asked.selection), freshness)
    if as_json:
        say_json(answer.model_dump_json(by_alias=True, indent=2))
        return
    out = console()
    out.print(plain(terminal.report_title(answer)), style="bold")
    out.print(terminal.report_bars(answer))
    out.print(terminal.report_foot(answer, asked.selection.tz))


@click.command()
@question_options
@click.option(
    "--sort", default="-timestamp", show_default=True, metavar="[-]COLUMN",
    help="timestamp, conversation_id, contact_id, contact_name, previous_assignee, assigned_to, "
    "source or assigned_by; with '-' before it descending.",
)  # fmt: skip
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=10_000, show_default=True, help="Rows."
)
@click.option("--json", "as_json", is_flag=True, help="As a JSON array of rows, for programs.")
def log(as_json: bool, limit: int, sort: str, **options: Any) -> None:
    """Print the assignments themselves, newest first.

    Each option from --source to --hold may be given several times.
    """
    from queries import log as rows_of
    from queries import terminal
    from queries.summary import summarize

    with readable_errors():
        if sort not in list(rows_of.Sort):
            columns = ", ".join(one for one in rows_of.Sort if not one.descending)
            raise InvalidFilter(f"There is no column '{sort}' to sort by. There is: {columns}.")
        store, asked = question(options)
        rows = rows_of.rows(store, asked.selection, rows_of.Sort(sort), limit)
        total = summarize(store, asked.selection).total if len(rows) == limit else len(rows)
    if as_json:
        say_json(b"[" + b",\n ".join(row.model_dump_json().encode() for row in rows) + b"]")
    elif rows:
        _print_lines(terminal.log_lines(rows), len(rows))
    else:
        say(terminal.NO_DATA)
    if total > len(rows):
        say(f"{len(rows):,} of {total:,} rows are shown; `baton export` writes all.", err=True)


def _print_lines(lines: Iterator[str], count: int) -> None:
    # Without an open standard output Python has none, and prints nothing.
    if sys.stdout and sys.stdout.isatty() and count > shutil.get_terminal_size().lines:
        page(lines)
    else:
        for line in lines:
            say(line)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8000, envvar="BATON_SERVE_PORT",
    show_default=True, show_envvar=True, help="The page's port.",
)  # fmt: skip
def serve(host: str, port: int) -> None:
    """Serve the report page and the API until stopped.

    Nobody needs a token until `baton token create` made one. Beyond loopback it serves only once
    one was made.
    """
    from queries.server import run

    with readable_errors():
        run(host, port)
