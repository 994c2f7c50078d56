"""Events sent before a rebuild: a backfill, or the right ones for those that were sent wrongly."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from confluent_kafka import KafkaError, KafkaException, Producer
from pydantic import ValidationError

from deploy.local.home import Home, StackError
from deploy.replay.installation import Installation
from producers.event import Event, key, parse
from producers.installed import module
from producers.interrupts import INTERRUPTED
from producers.sending import open_input
from stream import control, corrections, scan

_TOGETHER = 1000
_TIMEOUT = 60.0


def send(there: Installation, generation: int, path: Path) -> Iterator[int]:
    """Send a file with `baton send`, once for a generation: it is known by its content.

    After an interruption it is sent again from its start; in the new generation events are known
    by their ids. Raises StackError if not all were sent.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    sent = there.home.path / "backfill" / f"g{generation}.{digest}"
    if sent.exists():
        return
    with open_input(str(path), None) as given:
        _no_flood(there, sum(1 for _ in given.rows))
    command = module("baton", "send", str(path))
    done = subprocess.run(command, stdout=sys.stderr)
    if done.returncode == INTERRUPTED:
        yield 0  # Ctrl-C was meant for all of it: the operation ends here
    if done.returncode:
        raise StackError(f"not all of {path} was sent; see above")
    sent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    sent.touch()
    yield 0


def correct(there: Installation, generation: int, paths: list[Path]) -> Iterator[int]:
    """Send the right events of JSON Lines files, and keep their ids for the generation.

    May be done twice. Raises StackError, nothing sent, where a line breaks the contract.
    """
    found = [each for path in paths for each in _events(path)]
    if not found:
        return
    _keep(ids_of(there.home, generation), [event for event, _ in found])
    _no_flood(there, len(found))
    failures: list[KafkaError] = []
    settings = {"enable.idempotence": True, "partitioner": "murmur2_random"}
    producer = Producer({**there.kafka, **settings})
    mark = [(corrections.HEADER, str(generation).encode())]
    for start in range(0, len(found), _TOGETHER):
        for event, line in found[start : start + _TOGETHER]:
            producer.produce(
                there.topics(generation).events,
                line,
                key(event.workspace_id, event.contact_id),
                headers=mark,
                on_delivery=lambda error, _: failures.append(error) if error else None,
            )
        if producer.flush(_TIMEOUT) or failures:
            raise KafkaException(failures[0] if failures else KafkaError(KafkaError._TIMED_OUT))
        yield 0


def ids_of(home: Home, generation: int) -> Path:
    """Where the ids of the corrected events of a generation are kept."""
    return home.path / "corrected" / f"g{generation}"


def forget(home: Home, generation: int) -> None:
    """Delete what is kept here of a generation's corrections and backfills."""
    ids_of(home, generation).unlink(missing_ok=True)
    for path in (home.path / "backfill").glob(f"g{generation}.*"):
        path.unlink(missing_ok=True)


def _events(path: Path) -> Iterator[tuple[Event, bytes]]:
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield parse(line), line
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise StackError(f"{path}, line {number}: {first['msg']}; nothing was sent") from None


def _keep(path: Path, events: list[Event]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    known = set(corrections.Corrected.read(path).ids) if path.exists() else set()
    known |= {event.event_id.bytes for event in events}
    draft = path.with_suffix(".draft")
    draft.write_bytes(b"".join(sorted(known)))
    draft.replace(path)


def _no_flood(there: Installation, count: int) -> None:
    """In the live generation most of them may become dead letters: that is meant, and no flood."""
    live = there.topics(there.live.number)
    for number, (_, end) in scan.whole(there.kafka, live.events).items():
        control.tell(there.kafka, live, number, flood_until=end + count)
