"""`baton restart`, and `baton replay`: rebuild, compare, exchange, undo, list, drop, resink."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from producers.terminal import say, say_json, say_lines
from sink.rewriting_commands import month_option, numbers, rewrite
from stream.operation import Plan, Steps, operate, planned

if TYPE_CHECKING:
    from deploy.replay.installation import Installation


@click.group()
def replay() -> None:
    """Derive or write again what is wrong, beside what readers see, and exchange it."""


@contextmanager
def _installation() -> Iterator[Installation]:
    from deploy.local.home import StackError
    from deploy.replay.installation import Refused, opened
    from sink.rewriting_commands import explained

    try:
        with explained(), opened() as there:
            yield there
    except (Refused, StackError) as problem:
        raise click.ClickException(str(problem)) from None


def _operate(
    there: Installation, plan: Plan, deed: Callable[[], Steps], execute: bool, as_json: bool
) -> None:
    topics = there.topics(there.live.number)
    operate(there.kafka, topics, plan, deed, execute=execute, as_json=as_json)


@replay.command(short_help="Derive everything again, beside the live report.")
@click.option(
    "--horizon", type=click.FloatRange(0, min_open=True), help="In days (default: as the live one)."
)
@click.option("--horizon-events", type=click.IntRange(1), help="Per contact (default: as live).")
@click.option(
    "--input",
    "inputs",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="A file of events (or several) to send first, as `baton send` takes it.",
)
@click.option(
    "--correct",
    "corrections",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="JSON Lines (or several) of the right events, for wrong ones with the same event_id.",
)
@planned
def rebuild(
    horizon: float | None,
    horizon_events: int | None,
    inputs: tuple[Path, ...],
    corrections: tuple[Path, ...],
    execute: bool,
    as_json: bool,
) -> None:
    """Derive everything again from assignment-events, beside the live report.

    Own topics, own tables, own worker and sink, which then keep up with the live feed. Readers see
    nothing of it until `baton replay exchange`.
    """
    from deploy.replay import rebuild as the_rebuild

    with _installation() as there:
        live = there.live
        wish = the_rebuild.Wish(
            horizon or live.horizon_days,
            horizon_events or live.horizon_events,
            inputs,
            corrections,
        )
        new = the_rebuild.target(there, wish)
        _operate(
            there,
            the_rebuild.plan(there, new, wish),
            lambda: the_rebuild.run(there, new, wish),
            execute,
            as_json,
        )


@click.command()
@click.argument("names", nargs=-1, metavar="[worker|sink|serve|NAME]...")
@planned
def restart(names: tuple[str, ...], execute: bool, as_json: bool) -> None:
    """Start workers, sinks and page of this stack anew, one after the other.

    For a new version of Baton, and for going back to the old one: each has caught up before the
    next is stopped, and events wait in Kafka meanwhile. Refused where this version does not know
    the format of the state that is there.
    """
    from deploy.replay import rolling

    with _installation() as there:
        ones = rolling.chosen(there, names)
        _operate(
            there, rolling.plan(there, ones), lambda: rolling.run(there, ones), execute, as_json
        )


@replay.command(short_help="Show what a generation says differently.")
@click.argument("generation", type=int)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def compare(generation: int, as_json: bool) -> None:
    """Show what GENERATION says differently from the live one: by day and source, with examples."""
    import orjson

    from deploy.replay import comparison

    with _installation() as there:
        found = comparison.compare(there, there.live, there.find(generation))
        say_json(orjson.dumps(found)) if as_json else say(*found.lines())


@replay.command(short_help="Let readers see another generation.")
@click.argument("generation", type=int)
@planned
def exchange(generation: int, execute: bool, as_json: bool) -> None:
    """Let readers see GENERATION; the one they see now is kept, and `undo` brings it back."""
    from deploy.replay import switching
    from sink.generations import State

    with _installation() as there:
        new = there.find(generation, *(set(State) - {State.DROPPED}))
        plan = switching.plan(there, new, "replay exchange")
        _operate(there, plan, lambda: switching.run(there, new), execute, as_json)


@replay.command(short_help="Go back to the generation before.")
@planned
def undo(execute: bool, as_json: bool) -> None:
    """Let readers see the generation before the live one again."""
    from deploy.replay import switching

    with _installation() as there:
        new = switching.previous(there)
        plan = switching.plan(there, new, "replay undo")
        _operate(there, plan, lambda: switching.run(there, new), execute, as_json)


@replay.command("list", short_help="List the generations.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_generations(as_json: bool) -> None:
    """List the generations: which is live, which are kept or being built, how current they are."""
    from deploy.replay import listing

    with _installation() as there:
        listing.show(there, as_json, say_json if as_json else say_lines)


@replay.command(short_help="Delete a generation that nobody sees.")
@click.argument("generation", type=int)
@planned
def drop(generation: int, execute: bool, as_json: bool) -> None:
    """Delete GENERATION, which nobody sees: its tables, its topics, its processes."""
    from deploy.replay import dropping

    with _installation() as there:
        old = there.find(generation)
        plan = dropping.plan(there, old)
        _operate(there, plan, lambda: dropping.run(there, old), execute, as_json)


@replay.command(short_help="Write months again, and replace them whole.")
@month_option(required=True, help="This one (or several).")
@planned
def resink(months: tuple[object, ...], execute: bool, as_json: bool) -> None:
    """Write months again from assignment-log, beside the live data, and replace them whole."""
    from sink.rewriting import Work

    rewrite("replay resink", Work(numbers(months), whatever=True), execute, as_json)
