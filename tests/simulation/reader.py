"""A reader of the report: what "complete to" said, and what was there then."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from queries import freshness
from queries.pipeline import KafkaPipeline
from tests.simulation.world import EPOCH

if TYPE_CHECKING:
    from tests.simulation.schedule import Schedule


class Look:
    """At `now`, and what was held after it: rows for each table, dead letters below offsets."""

    def __init__(self, schedule: Schedule, complete_to: float) -> None:
        self.now, self.complete_to = schedule.world.now, complete_to
        self.held = {name: len(each.rows) for name, each in schedule.clickhouse.tables.items()}
        self.letters = [
            schedule.cluster.logs[schedule.topics.dead, number].stable()
            for number in range(schedule.partitions)
        ]


def watch(schedule: Schedule) -> None:
    """Look every now and then."""
    world = schedule.world
    chance = world.stream("reader")
    pipeline = KafkaPipeline(schedule.kafka, schedule.topics)
    while True:
        world.sleep(chance.choice([1.0, 10.0, 30.0]) * chance.random())
        seen = freshness.look(pipeline, lambda: datetime.fromtimestamp(EPOCH + world.now, UTC))
        if seen.complete_to is not None:
            world.tell(f"complete to {seen.complete_to.timestamp() - EPOCH:.3f}", "reader")
            schedule.looks.append(Look(schedule, seen.complete_to.timestamp()))


class Late(NamedTuple):
    """An event that a look did not show, though it said complete to a later time."""

    at: float
    complete_to: float
    event: str
    reached: float

    def __str__(self) -> str:
        return (
            f"at {self.at:.1f} s 'complete to' said {self.complete_to - EPOCH:.1f} s, and"
            f" {self.event} of {self.reached - EPOCH:.1f} s was not there"
        )


def late(schedule: Schedule) -> Iterator[Late]:
    """What looks did not show of what they said was complete."""
    places = {
        name: {row: at for at, row in enumerate(table.rows)}
        for name, table in schedule.clickhouse.tables.items()
    }
    reached = {
        (number, each.offset): each.timestamp / 1000
        for number in range(schedule.partitions)
        for each in schedule.cluster.logs[schedule.topics.events, number].all
    }
    rows = []
    for value in schedule.rows():
        row = json.loads(value)
        place = row["event_partition"], row["version"] // 2
        rows.append((reached.get(place, 0.0), value, f"the event at {place[0]}/{place[1]}"))
    letters = list(_letters(schedule, reached))
    for look in schedule.looks:
        for at, value, event in rows:
            if at < look.complete_to and any(
                places[name].get(value, -1) >= held for name, held in look.held.items()
            ):
                yield Late(look.now, look.complete_to, event, at)
        for at, number, offset, event in letters:
            if at < look.complete_to and offset >= look.letters[number]:
                yield Late(look.now, look.complete_to, event, at)


def _letters(
    schedule: Schedule, reached: dict[tuple[int, int], float]
) -> Iterator[tuple[float, int, int, str]]:
    for number in range(schedule.partitions):
        for each in schedule.cluster.logs[schedule.topics.dead, number].seen():
            said = dict(each.headers)
            place = int(said["baton.partition"]), int(said["baton.offset"])
            event = f"the dead letter of {place[0]}/{place[1]}"
            yield reached.get(place, 0.0), number, each.offset, event
