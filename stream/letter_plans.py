"""Sending dead letters back, or dropping them: each at most once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager

import orjson
from confluent_kafka import Producer

from stream import faults, letters
from stream.decode import Decoder
from stream.letters import Choice, Letter
from stream.operation import Plan, Steps
from stream.settings import Settings
from stream.topics import ensure

_TOGETHER = 500  # letters in one transaction
_PATIENCE = 30.0


def chosen(settings: Settings, choice: Choice) -> list[Letter]:
    """The letters of a choice that nothing was done about; raises KafkaException."""
    found = letters.read(settings.kafka, settings.topics, choice)
    return [letter for letter in found if not letter.state]


def sendable(settings: Settings, found: Sequence[Letter], refused_too: bool) -> list[Letter]:
    """Those that would not come back, or all."""
    decoder = Decoder(settings.largest_event, settings.workspaces)
    return [each for each in found if refused_too or letters.verdict(each, decoder) is None]


def send_plan(settings: Settings, found: Sequence[Letter], sent: Sequence[Letter]) -> Plan:
    """What sending would do."""
    topics = settings.topics
    stay = len(found) - len(sent)
    afterwards = [
        f"{len(sent):,} events are in {topics.events} again, and in the report where they belong",
        f"each carries the header {letters.RETURNED}, which names its dead letter",
    ]
    if stay:
        afterwards.append(f"{stay:,} stay: they would come back (`dead-letters show` says why)")
    return Plan(
        "dead-letters send",
        f"Send {len(sent):,} dead letters of {topics.dead} back to {topics.events}.",
        where=_where(sent),
        messages=len(sent),
        afterwards=afterwards,
    )


def drop_plan(settings: Settings, found: Sequence[Letter], why: str) -> Plan:
    """What dropping would do."""
    return Plan(
        "dead-letters drop",
        f"Drop {len(found):,} dead letters of {settings.topics.dead}: {why}",
        where=_where(found),
        messages=len(found),
        afterwards=[
            "they are listed as dropped and are never sent; the topic keeps their bytes",
            "the report stays as it is: these events are not in it",
        ],
    )


def _where(found: Sequence[Letter]) -> list[str]:
    offsets: dict[int, list[int]] = {}
    for letter in found:
        offsets.setdefault(letter.place.partition, []).append(letter.place.offset)
    reasons = Counter(letter.reason for letter in found)
    return [
        *(
            f"partition {number}: {len(each):,} between offsets {min(each)} and {max(each)}"
            for number, each in sorted(offsets.items())
        ),
        *(f"{count:,} x {reason}" for reason, count in reasons.most_common()),
    ]


def send(settings: Settings, found: Sequence[Letter]) -> Steps:
    """Send them, those that another run has sent meanwhile left out."""
    with _transactions(settings) as producer:
        sent = yield from _mark_all(settings, producer, found, "sent")
    return {"sent": sent}


def drop(settings: Settings, found: Sequence[Letter], why: str) -> Steps:
    """Mark them as dropped."""
    with _transactions(settings) as producer:
        dropped = yield from _mark_all(settings, producer, found, "dropped", why)
    return {"dropped": dropped}


def _mark_all(
    settings: Settings, producer: Producer, found: Sequence[Letter], state: str, why: str = ""
) -> Generator[int, None, int]:
    # Read once other runs are fenced: what they marked is marked for good.
    done = letters.marks(settings.kafka, settings.topics)
    left = [letter for letter in found if letter.place not in done]
    for start in range(0, len(left), _TOGETHER):
        together = left[start : start + _TOGETHER]
        producer.begin_transaction()
        for letter in together:
            if state == "sent":
                _send_back(settings, producer, letter)
            _mark(settings, producer, letter, state, why)
        faults.point("letters.produced")
        producer.commit_transaction(_PATIENCE)
        faults.point("letters.committed")
        yield len(together)
    return len(left)


def _send_back(settings: Settings, producer: Producer, letter: Letter) -> None:
    place = (letters.RETURNED, str(letter.place).encode())
    producer.produce(
        settings.topics.events, letter.value, letter.key, headers=[*letter.headers, place]
    )


def _mark(settings: Settings, producer: Producer, letter: Letter, state: str, why: str) -> None:
    said = {"state": state, "at": time.time(), "why": why}
    key = str(letter.place).encode()
    producer.produce(letters.marks_topic(settings.topics), orjson.dumps(said), key)


@contextmanager
def _transactions(settings: Settings) -> Iterator[Producer]:
    """A producer that ends whatever another run has begun, and lets none go on beside it."""
    topics = settings.topics
    ensure(settings.kafka, letters.marks_topic(topics), letters.MARKS_CONFIG)
    producer = Producer(
        {
            **settings.kafka,
            "transactional.id": f"{topics.prefix}baton-dead-letters.g{topics.generation}",
            "partitioner": "murmur2_random",
            "compression.type": "lz4",
            "message.max.bytes": 4_000_000,
        }
    )
    producer.init_transactions(_PATIENCE)
    yield producer
    producer.flush(_PATIENCE)
