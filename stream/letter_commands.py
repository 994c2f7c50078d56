"""`baton dead-letters`: list, show, send back, drop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from producers.terminal import say_json, say_lines
from stream.operation import operate, planned

if TYPE_CHECKING:
    from stream.letters import Choice
    from stream.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])
TIME = click.DateTime(["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M", "%Y-%m-%d"])
SAYS_TIME = "2016-02-29 or 2016-02-29T14:30, in UTC"


def choosing(command: Command) -> Command:
    """Options that choose letters, and their places as arguments."""
    for option in (
        click.option("--until", type=TIME, metavar="TIME", help="Buried before this time."),
        click.option(
            "--since",
            type=TIME,
            metavar="TIME",
            help=f"Buried at this time ({SAYS_TIME}) or later.",
        ),
        click.option(
            "--workspace", "workspaces", multiple=True, help="Of this workspace (or several)."
        ),
        click.option(
            "--reason", "reasons", multiple=True, help="Refused for this reason (or several)."
        ),
        click.argument("places", nargs=-1, metavar="[PARTITION/OFFSET]..."),
    ):
        command = option(command)
    return command


def _choice(
    places: tuple[str, ...],
    reasons: tuple[str, ...],
    workspaces: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
) -> Choice:
    from stream.letters import Choice, Place

    try:
        wanted = frozenset(map(Place.parse, places))
    except ValueError:
        raise click.BadParameter("a letter's place is PARTITION/OFFSET, such as 0/17") from None
    return Choice(
        wanted,
        frozenset(reasons),
        frozenset(workspaces),
        _milliseconds(since) if since else 0,
        _milliseconds(until) if until else 2**63,
    )


def _milliseconds(at: datetime) -> int:
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


def _settings() -> Settings:
    from stream.settings import Settings

    return Settings.from_environment()


@click.group("dead-letters")
def dead_letters() -> None:
    """Events that could not be derived: look at them, send them back, drop them."""


@dead_letters.command("list", short_help="Count them by reason.")
@choosing
@click.option("--each", is_flag=True, help="A line for each, not only counts by reason.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_letters(each: bool, as_json: bool, **chosen: Any) -> None:
    """Count dead letters by reason: how many wait, and what the contract says of them now."""
    from stream import letter_lists

    settings = _settings()
    letter_lists.show(
        settings, _choice(**chosen), each, as_json, say_json if as_json else say_lines
    )


@dead_letters.command(short_help="Show them whole, and whether they would fit now.")
@choosing
@click.option(
    "-n", "--most", type=click.IntRange(1), default=1, show_default=True, help="So many of them."
)
@click.option("--json", "as_json", is_flag=True, help="For programs; bytes in base64.")
def show(most: int, as_json: bool, **chosen: Any) -> None:
    """Show the bytes, headers, origin and reason of letters, and what the contract says now."""
    from stream import letter_lists

    settings = _settings()
    letter_lists.show_whole(
        settings, _choice(**chosen), most, as_json, say_json if as_json else say_lines
    )


@dead_letters.command(short_help="Send them back, each at most once.")
@choosing
@click.option("--refused-too", is_flag=True, help="Also those that would come back.")
@planned
def send(refused_too: bool, execute: bool, as_json: bool, **chosen: Any) -> None:
    """Send letters back to assignment-events, each at most once.

    Without a choice all that wait. Those that the contract still refuses stay where they are.
    """
    from stream import letter_plans

    settings = _settings()
    found = letter_plans.chosen(settings, _choice(**chosen))
    sent = letter_plans.sendable(settings, found, refused_too)
    operate(
        settings.kafka,
        settings.topics,
        letter_plans.send_plan(settings, found, sent),
        lambda: letter_plans.send(settings, sent),
        execute=execute,
        as_json=as_json,
    )


@dead_letters.command(short_help="Put them aside for good.")
@choosing
@click.option("--why", required=True, help="Kept with each, for whoever asks later.")
@planned
def drop(why: str, execute: bool, as_json: bool, **chosen: Any) -> None:
    """Put letters aside for good: they are never sent, and no longer counted as waiting."""
    from stream import letter_plans

    settings = _settings()
    found = letter_plans.chosen(settings, _choice(**chosen))
    operate(
        settings.kafka,
        settings.topics,
        letter_plans.drop_plan(settings, found, why),
        lambda: letter_plans.drop(settings, found, why),
        execute=execute,
        as_json=as_json,
    )
