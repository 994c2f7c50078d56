"""What `baton doctor` looks at in Kafka: lag, stops, open transactions, dead letters, settings."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from confluent_kafka.admin import ConfigResource

from deploy.replay import lag
from deploy.replay.findings import Finding, Level
from producers.kafka import Topics
from producers.terminal import plain
from sink.group import group_id
from sink.positions import Sinks
from sink.state import ForeignState, Intent
from stream import clients, control, scan
from stream.decode import Decoder
from stream.extent import Gauge
from stream.letter_lists import tallies
from stream.letters import Choice, read
from stream.owners import owner
from stream.topics import declared

Kafka = Mapping[str, str]

_TIMEOUT = 15.0
LATE = 60.0
"""Seconds an event may wait before somebody should look."""

NAMED = 5.0
"""Seconds after which an open transaction is named: the report waits for it."""

OPEN = 120.0
"""Seconds a transaction may be open: far longer than any of ours lasts before Kafka ends it."""

SKEW = 5.0
_SENSITIVE = ("message.timestamp.type", "cleanup.policy", "retention.ms")
_ALWAYS = {"unclean.leader.election.enable": "false"}
"""What no topic of ours may have otherwise: committed messages would vanish."""


def answers(kafka: Kafka) -> None:
    """Raises KafkaException where no broker answers."""
    clients.admin(kafka).list_topics(timeout=_TIMEOUT / 3)


def lags(kafka: Kafka, its: Topics) -> Iterator[Finding]:
    """Per partition of the events and of the log: events and seconds behind."""
    for who, group, found in (
        ("worker", lag.worker_group(its), lag.worker(kafka, its)),
        ("sink", group_id(its), lag.sink(kafka, its)),
    ):
        if not lag.members(kafka, group):
            yield Finding(
                who, Level.WRONG, f"no {who} of generation {its.generation} runs", "baton up --all"
            )
        for each in found:
            level = Level.WARNING if each.seconds > LATE else Level.OK
            text = (
                f"partition {each.partition} of {each.topic}: {each.messages:,} messages,"
                f" {each.seconds:.0f} s behind; done up to {each.done}"
            )
            yield Finding(f"{who} lag", level, text, f"baton logs {who}" if level else "")


def words(kafka: Kafka, its: Topics) -> Iterator[Finding]:
    """Partitions that an operator has paused."""
    numbers = scan.partitions(kafka, its.events)
    for number, word in control.read(kafka, its, numbers).items():
        if word.paused:
            yield Finding(
                "pause",
                Level.WARNING,
                f"partition {number} of {its.events} is paused",
                f"baton resume --partition {number}",
            )


def transactions(kafka: Kafka, its: Topics) -> Iterator[Finding]:
    """Transactions open for so long that readers of committed messages notice it."""
    gauge = Gauge(kafka)
    try:
        for topic in (its.events, its.log, its.dead, its.history):
            extents = gauge.extents(topic, scan.partitions(kafka, topic))
            for number, message in gauge.undecided(topic, extents).items():
                seconds = time.time() - message.timestamp()[1] / 1000
                if seconds > min(NAMED, OPEN):
                    yield _open(kafka, topic, number, message.offset(), seconds)
    finally:
        gauge.close()


def _open(kafka: Kafka, topic: str, number: int, offset: int, seconds: float) -> Finding:
    name = owner(kafka, topic, number, offset)
    text = (
        f"partition {number} of {topic}: one is open for {seconds:.0f} s"
        f"{f', of {plain(name)}' if name else ''}; what lies at offset {offset} and after it is not"
        " read"
    )
    command = (
        f"kafka-transactions.sh abort --topic {topic} --partition {number} --start-offset {offset}"
    )
    level = Level.WRONG if seconds > OPEN else Level.WARNING
    return Finding("transaction", level, text, command)


def letters(kafka: Kafka, its: Topics) -> Iterator[Finding]:
    """Dead letters that wait, by reason."""
    for tally in tallies(read(kafka, its, Choice()), Decoder(262_144, None)):
        if tally.waiting:
            fit = f", {tally.fit:,} of them fit now" if tally.fit else ""
            yield Finding(
                "dead letters",
                Level.WARNING,
                f"{tally.waiting:,} x {tally.reason}{fit}",
                f"baton dead-letters show --reason {tally.reason}",
            )


def intents(kafka: Kafka, its: Topics) -> Iterator[Finding]:
    """Inserts that were begun, or offsets that no sink has committed."""
    sinks = Sinks(kafka, its)
    try:
        for number, state in sinks.states().items():
            if isinstance(state, Intent):
                text = f"partition {number}: {state.range} is begun; the sink repeats it"
                yield Finding("sink intent", Level.OK, text)
    except ForeignState as state:
        yield Finding(
            "sink", Level.WRONG, f"foreign committed offset: {state}", "baton sink resolve --help"
        )
    finally:
        sinks.close()


def topics(kafka: Kafka, its: Topics) -> Iterator[Finding]:
    """Settings of the topics under which something is lost or cannot be told."""
    wanted = declared(its)
    admin = clients.admin(kafka)
    known = admin.list_topics(timeout=_TIMEOUT).topics
    for name in wanted.keys() - known.keys():
        yield Finding("topics", Level.WRONG, f"{name} is missing", "baton up")
    if len({len(known[name].partitions) for name in wanted if name in known}) > 1:
        yield Finding("topics", Level.WRONG, "partition counts differ", "baton replay rebuild")
    asked = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in wanted if name in known]
    for resource, future in admin.describe_configs(asked).items():
        found = future.result(_TIMEOUT)
        needed = {name: wanted[resource.name].get(name) for name in _SENSITIVE} | _ALWAYS
        for setting, should in needed.items():
            value = found[setting].value
            if should is not None and value != should:
                yield Finding(
                    "topics",
                    Level.WRONG,
                    f"{resource.name} has {setting}={value}, {should} is needed",
                    f"kafka-configs.sh --alter --topic {resource.name} --add-config"
                    f" {setting}={should}",
                )


def clock(kafka: Kafka, its: Topics) -> Iterator[Finding]:
    """Whether Kafka's clock is ahead of this machine's; freshness is told by both."""
    for number, each in scan.whole(kafka, its.events).items():
        newest = {number: max(each.start, each.end - 2)}
        found = scan.first(kafka, its.events, newest, {number: each.end})
        for message in found.values():
            ahead = message.timestamp()[1] / 1000 - time.time()
            if ahead > SKEW:
                at = datetime.fromtimestamp(message.timestamp()[1] / 1000, UTC)
                text = f"Kafka wrote an event at {at:%H:%M:%S} UTC, {ahead:.0f} s ahead of here"
                yield Finding("clock", Level.WARNING, text, "timedatectl status")
