"""`baton doctor`: is the report right and current, and if not, which command resolves it?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from deploy.replay.findings import Finding, Level, worst
from producers.terminal import say, say_json, say_lines

if TYPE_CHECKING:
    from deploy.replay.installation import Installation
    from producers.kafka import Topics
    from sink.generations import Generation

Kafka = Mapping[str, str]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("-q", "--quiet", is_flag=True, help="Only what is not well.")
def doctor(as_json: bool, quiet: bool) -> None:
    """Look whether the report is right and current; changes nothing.

    The exit code is for monitoring: 0 all is well, 1 somebody should look, 2 something is wrong or
    does not answer. For each finding there is the command that resolves it, or shows more.
    """
    import orjson

    found = list(examine())
    if as_json:
        shown = [{**vars(each), "level": each.level.name.lower()} for each in found]
        say_json(orjson.dumps({"level": worst(found).name.lower(), "findings": shown}))
    else:
        for each in found:
            if each.level or not quiet:
                say_lines(str(each))
        if not worst(found):
            say("The report is right and current.")
    raise click.exceptions.Exit(int(worst(found)))


def examine() -> Iterator[Finding]:
    """All findings. Kafka, ClickHouse and this machine are looked at each on its own: one that is
    away is a finding, and hides nothing of the others."""
    from deploy.local.home import Home
    from deploy.replay import state_checks, table_checks
    from deploy.replay.installation import opened
    from producers.kafka import Topics, client_config

    unreachable = list(_kafka_away())
    yield from unreachable
    kafka = {} if unreachable else client_config()
    try:
        with opened(kafka) as there:
            live = there.live
            yield from _in_clickhouse(there)
            if not unreachable:
                yield from _tried("announced", lambda: table_checks.announced(there))
                yield from _in_kafka(kafka, there.topics(live.number), live)
    except _away() as error:
        yield Finding("clickhouse", Level.WRONG, str(error)[:300], "baton status")
        if not unreachable:
            yield from _in_kafka(kafka, _announced(kafka, Topics.from_environment()), None)
    yield from _tried("version", lambda: state_checks.versions(Home.from_environment()))


def _kafka_away() -> Iterator[Finding]:
    from confluent_kafka import KafkaException

    from deploy.replay.kafka_checks import answers
    from producers.kafka import client_config, explained
    from producers.variables import Unset

    try:
        answers(client_config())
    except Unset as error:
        yield Finding("kafka", Level.WRONG, str(error), "baton up")
    except KafkaException as error:
        yield Finding("kafka", Level.WRONG, f"Kafka: {explained(error)}", "baton status")


def _in_kafka(kafka: Kafka, its: Topics, live: Generation | None) -> Iterator[Finding]:
    """`live` is None where ClickHouse could not say under what it was derived."""
    from deploy.replay import kafka_checks as checks
    from deploy.replay import state_checks
    from stream.history import Horizon

    for check in (
        checks.lags,
        checks.words,
        checks.transactions,
        checks.letters,
        checks.intents,
        checks.topics,
        checks.clock,
    ):
        yield from _tried(check.__name__, lambda check=check: check(kafka, its))  # type: ignore[misc]
    horizon = Horizon(round(live.horizon_days * 86_400_000), live.horizon_events) if live else None
    yield from _tried("watermarks", lambda: state_checks.reach(kafka, its, horizon))


def _in_clickhouse(there: Installation) -> Iterator[Finding]:
    from deploy.replay import table_checks as checks

    for check in (
        checks.generations,
        checks.schema,
        checks.settings,
        checks.sums,
        checks.disks,
        checks.clock,
    ):
        yield from _tried(check.__name__, lambda check=check: check(there))  # type: ignore[misc]


def _tried(name: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    from confluent_kafka import KafkaException

    from producers.kafka import explained

    try:
        found = list(check())
    except KafkaException as error:
        found = [Finding(name, Level.WRONG, f"Kafka: {explained(error)}", "baton status")]
    except _away() as error:
        found = [Finding(name, Level.WRONG, str(error)[:300], "baton status")]
    yield from found or [Finding(name, Level.OK, "well")]


def _away() -> tuple[type[Exception], ...]:
    from clickhouse_connect.driver.exceptions import ClickHouseError

    from producers.variables import Unset
    from sink.clickhouse import ClickHouseUnusable
    from sink.writer import Unavailable

    return ClickHouseError, ClickHouseUnusable, Unset, Unavailable, OSError


def _announced(kafka: Kafka, mine: Topics) -> Topics:
    """The topics of the live generation, where Kafka alone can say which that is."""
    from confluent_kafka import KafkaException

    from stream import live

    try:
        return replace(mine, generation=live.read(kafka, mine))
    except KafkaException:
        return mine
