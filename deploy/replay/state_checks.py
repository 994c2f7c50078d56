"""What `baton doctor` looks at in the workers' state: how far it reaches, under what, by which
version; and which versions run."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.local import process
from deploy.local.home import Home
from deploy.replay.findings import Finding, Level
from deploy.replay.kafka_checks import Kafka
from producers.installed import version
from producers.kafka import Topics
from stream import scan
from stream.history import Horizon
from stream.restore import derived_unmarked, watermarks
from stream.topics import identity
from stream.watermark import OtherFormat, Watermark, disagreement


def reach(kafka: Kafka, its: Topics, horizon: Horizon | None) -> Iterator[Finding]:
    """Whether a worker would go on from the state of each partition, with the events that are there
    and the horizon of the generation (None: not known)."""
    # In this order: workers get on meanwhile, and what is looked at later is never behind.
    marks = watermarks(kafka, its.history)
    stretches = scan.whole(kafka, its.events)
    topic_id = identity(kafka, its.events)
    for number, mark in marks.items():
        where = f"partition {number} of {its.history}"
        if isinstance(mark, OtherFormat):
            yield Finding("watermark", Level.WRONG, f"{where}: {mark}", "baton replay rebuild")
            continue
        following = mark.offset + 1 if mark else 0
        there = stretches.get(number, scan.Stretch(0, 0))
        now = Watermark(
            -1, topic_id, len(stretches), horizon or (mark and mark.horizon) or Horizon()
        )
        why = disagreement(mark, now) if mark else _unmarked(kafka, its, number)
        if why:
            yield Finding("watermark", Level.WRONG, f"{where}: {why}", "baton replay rebuild")
        elif following < there.start:
            text = f"{where}: events {following} to {there.start - 1} are gone, and not derived"
            command = f"baton resume --partition {number} --accept-loss"
            yield Finding("watermark", Level.WRONG, text, command)
        elif following > there.end:
            text = f"{where}: reaches to {following - 1}, {its.events} ends at {there.end}: cut off"
            yield Finding("watermark", Level.WRONG, text, "baton replay rebuild")
        else:
            by = f", by Baton {mark.by}" if mark and mark.by else ""
            text = f"{where}: all before offset {following} is derived{by}"
            yield Finding("watermark", Level.OK, text)


def _unmarked(kafka: Kafka, its: Topics, number: int) -> str | None:
    """See `derived_unmarked`; None, too, where a worker has begun since its mark was looked for."""
    why = derived_unmarked(kafka, its, number)
    return why if why and watermarks(kafka, its.history)[number] is None else None


def versions(home: Home) -> Iterator[Finding]:
    """Of what runs in this stack; all should be that of the command."""
    mine = version()
    for running in process.find_all(home):
        if running.name.split("-")[0] not in ("worker", "sink", "serve"):
            continue
        level = Level.OK if running.version == mine else Level.WARNING
        text = f"{running.name} runs Baton {running.version}, this is {mine}"
        command = f"baton restart {running.name}" if level else ""
        yield Finding("version", level, text, command)
    for name in process.ended(home):
        yield Finding("process", Level.WRONG, f"{name} has ended by itself", f"baton logs {name}")
