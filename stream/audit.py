"""What operators did: a topic that keeps, for every operation, who, when, plan and result."""

from __future__ import annotations

import getpass
import socket
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from uuid import uuid4

import orjson
from confluent_kafka import KafkaError, KafkaException, Producer

from producers.kafka import Topics
from stream import scan
from stream.topics import ensure

_TIMEOUT = 15.0
_CONFIG = {"retention.ms": "-1"}


def topic(topics: Topics) -> str:
    """Shared by all generations; made when the first operation is recorded."""
    return f"{topics.prefix}baton-audit"


def _who() -> str:
    """The user and the machine this runs on."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"
    return f"{user}@{socket.gethostname()}"


@dataclass(frozen=True)
class Entry:
    """One operation; times in seconds since 1970. `state`: started, done, failed, interrupted."""

    command: str
    plan: Mapping[str, object]
    id: str = field(default_factory=lambda: uuid4().hex[:12])
    who: str = field(default_factory=_who)
    started_at: float = field(default_factory=time.time)
    ended_at: float | None = None
    state: str = "started"
    result: Mapping[str, object] = field(default_factory=dict)


def write(kafka: Mapping[str, str], topics: Topics, entry: Entry) -> None:
    """Keep an entry (its start, or its end under the same id); raises KafkaException."""
    ensure(kafka, topic(topics), _CONFIG)
    failures: list[KafkaError] = []
    producer = Producer({**kafka, "enable.idempotence": True, "linger.ms": 0})
    producer.produce(
        topic(topics),
        orjson.dumps(asdict(entry)),
        entry.id,
        on_delivery=lambda error, _: failures.append(error) if error else None,
    )
    left = producer.flush(_TIMEOUT)
    if failures or left:
        raise KafkaException(failures[0] if failures else KafkaError(KafkaError._TIMED_OUT))


def entries(kafka: Mapping[str, str], topics: Topics) -> list[Entry]:
    """All operations in the order of their start; raises KafkaException."""
    found: dict[str, Entry] = {}
    name = topic(topics)
    for messages in scan.read(kafka, name, scan.whole(kafka, name)):
        for message in messages:
            entry = Entry(**orjson.loads(message.value()))
            found[entry.id] = entry
    return sorted(found.values(), key=lambda entry: entry.started_at)


def rate(known: list[Entry], command: str) -> float | None:
    """Messages a second of the last runs of a command to their end; None if there was none."""
    done = [_speed(entry) for entry in known if entry.command == command and entry.state == "done"]
    speeds = [speed for speed in done if speed]
    return speeds[-1] if speeds else None


def _speed(entry: Entry) -> float | None:
    messages, seconds = entry.result.get("messages"), (entry.ended_at or 0) - entry.started_at
    return messages / seconds if isinstance(messages, int) and messages and seconds > 0 else None
