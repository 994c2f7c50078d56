"""`baton send` and `baton simulate`."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from producers.interrupts import INTERRUPTED, Interrupts
from producers.terminal import say

if TYPE_CHECKING:
    from producers.mapping import Mapping, MappingError
    from producers.rows import Ready, Refused
    from producers.sender import Sender
    from producers.sending import RefusedFile, Result
    from producers.simulate.disturb import Shares

_share = click.FloatRange(0, 1)
_existing_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("file")
@click.option("--mapping", "mapping_file", type=_existing_file, help="TOML: columns to fields.")
@click.option(
    "--refused",
    "refused_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where refused rows go, with the reasons.  [default: FILE.refused.jsonl]",
)
@click.option("--dry-run", is_flag=True, help="Check every row, send nothing.")
def send(file: str, mapping_file: Path | None, refused_file: Path | None, dry_run: bool) -> None:
    """Send events from FILE: JSON Lines, or CSV with a mapping; `-` reads standard input.

    Either may be gzipped. `baton send sample` sends the packaged log of a real service desk.
    Exit code 1: rows were refused, or Kafka failed; 130: interrupted.
    """
    from producers.sending import RefusedFile

    path, mapping = _input(file, mapping_file)
    refused = RefusedFile(refused_file or Path(f"{file if file != '-' else 'stdin'}.refused.jsonl"))
    sender = None if dry_run else _sender(refused.add)
    with Interrupts() as interrupts, closing(refused):
        result = _run(path, mapping, sender, refused, interrupts)
    _report(result, sender, refused)
    sys.exit(INTERRUPTED if result.interrupted else int(bool(refused.count or result.failure)))


@click.command()
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    help="Events/s.",
    show_default=True,
)
@click.option("--count", type=click.IntRange(min=1), help="Stop after so many.  [default: never]")
@click.option(
    "--workspaces", type=click.IntRange(1, 100), default=3, show_default=True, help="So many."
)
@click.option("--seed", type=int, help="The same feed again, at other times.  [default: random]")
@click.option(
    "--late", type=_share, default=0.0, show_default=True, help="Share of events that come late."
)
@click.option(
    "--repeat",
    type=_share,
    default=0.0,
    show_default=True,
    help="Share of messages that come again.",
)
@click.option(
    "--malformed",
    type=_share,
    default=0.0,
    show_default=True,
    help="Share of broken copies among them.",
)
def simulate(
    rate: float,
    count: int | None,
    workspaces: int,
    seed: int | None,
    late: float,
    repeat: float,
    malformed: float,
) -> None:
    """Send a made-up live feed until Ctrl-C: contacts that come back, agents on shifts, hand-offs.

    Shares go from 0 to 1. Late, repeated and broken messages change nothing in the report, which
    is what they are for.
    """
    from producers.simulate.disturb import Shares

    seed = random.randrange(2**32) if seed is None else seed
    sender = _sender(_refuse_nothing)
    say(f"Seed {seed}. Ctrl-C stops.", err=True)
    shares = Shares(late, repeat, malformed)
    _simulate(_messages(seed, workspaces, count, shares), rate, count, sender)


def _messages(seed: int, workspaces: int, count: int | None, shares: Shares) -> Iterator[Ready]:
    from producers.simulate.disturb import disturbed
    from producers.simulate.feed import feed

    rng = random.Random(seed)
    events = islice(feed(rng, lambda: datetime.now(UTC), workspaces), count)
    return disturbed(events, random.Random(seed), shares)


def _simulate(messages: Iterator[Ready], rate: float, count: int | None, sender: Sender) -> None:
    from producers.progress import progress
    from producers.sender import KafkaUnavailable
    from producers.simulate.live import run

    with (
        Interrupts() as interrupts,
        progress("Simulating", count, lambda done: done) as advance,
    ):
        try:
            run(messages, rate, sender, interrupts, advance)
        except KafkaUnavailable as error:
            raise click.ClickException(str(error)) from None
    say(f"{sender.delivered:,} sent.")


def _refuse_nothing(row: Refused) -> None:
    raise AssertionError(f"a made-up message was refused: {row.reasons}")


def _input(file: str, mapping_file: Path | None) -> tuple[str, Mapping | None]:
    from producers import sample
    from producers.mapping import MappingError, load

    if file == "sample":
        file, mapping_file = str(sample.FILE), mapping_file or sample.MAPPING
    if mapping_file is None:
        if file.removesuffix(".gz").endswith(".csv"):
            raise click.UsageError("CSV takes --mapping FILE.toml: which column is which field")
        return file, None
    try:
        return file, load(mapping_file)
    except MappingError as error:
        raise click.ClickException(_lines(error)) from None


def _sender(on_refused: Callable[[Refused], None]) -> Sender:
    """Connected, and its user told where what is sent will go."""
    from producers.kafka import Topics, client_config
    from producers.sender import KafkaUnavailable, Sender, connect

    topic = Topics.from_environment().events
    try:
        producer = connect(topic)
    except KafkaUnavailable as error:
        raise click.ClickException(str(error)) from None
    say(f"Sending to {topic} at {client_config()['bootstrap.servers']}.", err=True)
    return Sender(producer, topic, on_refused)


def _run(
    path: str,
    mapping: Mapping | None,
    sender: Sender | None,
    refused: RefusedFile,
    interrupts: Interrupts,
) -> Result:
    from producers.mapping import MappingError
    from producers.progress import progress
    from producers.sending import open_input, send_all

    label = "Sending" if sender else "Checking"
    try:
        with (
            open_input(path, mapping) as source,
            progress(label, source.size, lambda _: source.position()) as advance,
        ):
            refused.begin(path)
            return send_all(source.rows, sender, refused, interrupts, advance)
    except MappingError as error:
        raise click.ClickException(_lines(error)) from None
    except OSError as error:
        raise click.ClickException(str(error)) from None


def _lines(error: MappingError) -> str:
    return "\n".join(f"mapping: {fault}" for fault in error.faults)


def _report(result: Result, sender: Sender | None, refused: RefusedFile) -> None:
    done = f"{sender.delivered:,} sent" if sender else f"{result.rows - refused.count:,} right"
    say(f"{done}, {refused.count:,} refused.")
    if refused.count:
        say(f"Refused rows, with the reasons: {refused.path}", err=True)
    if sender and sender.unconfirmed:
        say(f"{sender.unconfirmed:,} not confirmed.", err=True)
    if result.failure:
        say(f"Error: {result.failure}", err=True)
    if not result.complete:
        say(
            "Not all rows were read or sent. Running it again is safe: the same rows are the same "
            "events.",
            err=True,
        )
