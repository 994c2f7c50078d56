"""Whether worker and sink refuse to go on, or end, for a cause that there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from confluent_kafka import KafkaError, KafkaException

from sink.refusal import Impossible, Refusal
from stream.hanging import HalfCommitted, Unmarked
from stream.partition import Refused

if TYPE_CHECKING:
    from tests.simulation.schedule import Schedule
    from tests.simulation.worker import Worker

_FOR_GOOD = (
    "made again",
    "partition counts differ",
    "partitions and has",
    "is not there",
    "KeyError",
)


def for_good(text: str) -> bool:
    """Whether this refusal says that only a rebuild helps, where a topic is another one now."""
    return any(each in text for each in _FOR_GOOD)


def is_half(text: str) -> bool:
    """Whether it says that half a transaction counts, which only a rebuild puts right."""
    return "half a tr" in text or "was derived from it" in text


def missing(schedule: Schedule, worker: Worker, error: BaseException) -> str | None:
    """What is wrong with the end of a worker; None where it has its cause."""
    kinds, text = schedule.world.kinds, f"{type(error).__name__}: {error}"
    if schedule.ended_by and for_good(text):
        return None
    match error:
        case KafkaException() if error.args[0].code() == KafkaError._FENCED:
            return _fenced(schedule, worker)
        case KafkaException():
            return None if {"away", "answers", "slow", "freeze"} & kinds else f"{text}, of Kafka"
        case Unmarked() if {"freeze", "more", "away", "slow"} & kinds:
            return None  # what is open may be the next owner's, or its marker is late
        case Unmarked() | HalfCommitted():
            return None if "marker" in kinds else f"{text}, with no marker lost"
        case Refused():
            return None if _excused(kinds, text) else text
        case click.ClickException():
            return None if "no Kafka answers" in str(error.message) else str(error.message)
        case _ if type(error).__name__ == "OutOfRange" and "retention" in kinds:
            return None
        case _:
            return text


def _excused(kinds: frozenset[str], text: str) -> bool:
    causes = {
        "gone from the topic (retention)": {"retention"},
        "the changelog ends at event": {"marker", "freeze", "more", "slow", "away", "answers"},
        "was derived from it": {"marker"},
    }
    return any(said in text and kinds & excuses for said, excuses in causes.items())


def _fenced(schedule: Schedule, worker: Worker) -> str | None:
    """Somebody else must have taken the id, or time must have run out, since it was assigned."""
    for number, since in worker.assigned_at.items():
        found = schedule.cluster.transactions.get(schedule.settings("any").transactional_id(number))
        if found and max(found.owned_since, found.bumped) >= since:
            return None
    return f"{worker.name} is fenced, and nobody took a partition since it was assigned"


def missing_of_sink(schedule: Schedule, refusal: Refusal) -> str | None:
    """What is wrong with a refusal of a sink."""
    if refusal.impossible is Impossible.LOST and "retention" in schedule.world.kinds:
        return None
    return f"sink refuses: {refusal}".replace("\n", " ")
