"""`baton doctor`: is the report right and current, and if not, which command resolves it?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import click

from deploy.replay.findings import Finding, Level, worst


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
        click.echo(orjson.dumps({"level": worst(found).name.lower(), "findings": shown}))
    else:
        for each in found:
            if each.level or not quiet:
                click.echo(str(each))
        if not worst(found):
            click.echo("The report is right and current.")
    raise click.exceptions.Exit(int(worst(found)))


def examine() -> Iterator[Finding]:
    """All findings; what does not answer is one, too."""
    from clickhouse_connect.driver.exceptions import ClickHouseError
    from confluent_kafka import KafkaException

    from deploy.replay import kafka_checks, table_checks
    from deploy.replay.installation import Installation, opened
    from sink.clickhouse import ClickHouseUnusable
    from sink.writer import Unavailable

    def tried(name: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
        try:
            found = list(check())
        except KafkaException as error:
            found = [Finding(name, Level.WRONG, f"Kafka: {error.args[0].str()}", "baton status")]
        except (ClickHouseError, ClickHouseUnusable, Unavailable) as error:
            found = [Finding(name, Level.WRONG, str(error)[:300], "baton status")]
        yield from found or [Finding(name, Level.OK, "well")]

    def all_of(there: Installation) -> Iterator[Finding]:
        its = there.topics(there.live.number)
        for check in (
            kafka_checks.lags,
            kafka_checks.words,
            kafka_checks.transactions,
            kafka_checks.letters,
            kafka_checks.intents,
            kafka_checks.topics,
            kafka_checks.clock,
        ):
            yield from tried(check.__name__, lambda check=check: check(there, its))  # type: ignore[misc]
        for look in (
            table_checks.generations,
            table_checks.settings,
            table_checks.sums,
            table_checks.disks,
            table_checks.clock,
        ):
            yield from tried(look.__name__, lambda look=look: look(there))  # type: ignore[misc]

    def everything() -> Iterator[Finding]:
        with opened() as there:
            yield from all_of(there)

    yield from tried("servers", everything)
