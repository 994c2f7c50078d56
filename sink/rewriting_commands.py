"""`baton reconcile`, and what `baton replay resink` shares with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from stream.operation import operate, planned

if TYPE_CHECKING:
    from sink.rewriting import Work


Command = TypeVar("Command", bound=Callable[..., Any])


def month_option(**more: Any) -> Callable[[Command], Command]:
    """`--month YYYY-MM`, as often as one likes; `more` as click has it."""
    month = click.DateTime(["%Y-%m"])
    return click.option("--month", "months", type=month, metavar="YYYY-MM", multiple=True, **more)


@click.command()
@month_option(help="Only this one (or several).  [default: all]")
@click.option("--look-only", is_flag=True, help="Prove it, and repair nothing.")
@planned
def reconcile(months: tuple[object, ...], look_only: bool, execute: bool, as_json: bool) -> None:
    """Prove that log, counts and filter lists are what assignment-log says; repair what is not.

    All rows are written once more beside the live ones, from assignment-log, and compared by month
    and workspace at a moment at which the sinks stand still. Months that differ are replaced whole.
    """
    from sink.rewriting import Work

    rewrite("reconcile", Work(numbers(months), look_only=look_only), execute, as_json)


def numbers(months: tuple[object, ...]) -> frozenset[int]:
    """Months as ClickHouse's partitions name them, such as 201602."""
    return frozenset(month.year * 100 + month.month for month in months)  # type: ignore[attr-defined]


def rewrite(command: str, work: Work, execute: bool, as_json: bool) -> None:
    """Plan it and, with `execute`, do it."""
    from sink.rewriting import Rewriting

    with explained():
        rewriting = Rewriting.from_environment()
        try:
            operate(
                rewriting.kafka,
                rewriting.topics,
                rewriting.plan(command, work),
                lambda: rewriting.run(work),
                execute=execute,
                as_json=as_json,
            )
        finally:
            rewriting.close()


@contextmanager
def explained() -> Iterator[None]:
    """ClickHouse being away ends a command with one line."""
    from clickhouse_connect.driver.exceptions import ClickHouseError

    from sink.clickhouse import ClickHouseUnusable
    from sink.writer import Unavailable

    try:
        yield
    except (ClickHouseUnusable, Unavailable) as error:
        raise click.ClickException(str(error)) from None
    except ClickHouseError as error:
        raise click.ClickException(f"ClickHouse: {str(error)[:300]}") from None
