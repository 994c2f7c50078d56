"""What a trace says of each message of a contact, on real servers."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import orjson
import pytest
from confluent_kafka import Producer

from deploy.replay.installation import Installation, opened
from deploy.replay.trace import contact_of, trace
from producers.event import key
from producers.kafka import Topics, client_config
from stream.corrections import HEADER
from tests.assignment_rows import row

pytestmark = pytest.mark.server

KEY = key("w", "c")


@pytest.fixture
def there(topics: Topics, database: str) -> Iterator[Installation]:
    with opened() as installation:
        yield installation


def event(number: int, holder: str | None, minute: int, **fields: object) -> bytes:
    return orjson.dumps(
        {
            "event_id": str(UUID(int=number)),
            "event_type": "contact.assignee.updated",
            "workspace_id": "w",
            "contact_id": "c",
            "contact_name": "C",
            "conversation_id": "v",
            "occurred_at": f"2026-01-01T00:{minute:02}:00Z",
            "assigned_to": {"id": holder, "name": holder} if holder else None,
            "source": "user",
            **fields,
        }
    )


def send(topic: str, *values: bytes, headers: list[tuple[str, bytes]] | None = None) -> None:
    producer = Producer({**client_config(), "partitioner": "murmur2_random"})
    for value in values:
        producer.produce(topic, value, KEY, headers=headers)
    producer.flush()


def test_every_message_of_a_contact_has_its_decision(there: Installation, topics: Topics) -> None:
    send(
        topics.events,
        event(1, "a", 1),
        event(2, "a", 2),
        event(1, "a", 1),
        event(1, "b", 1),
        b"garbage",
        event(3, "b", 3, occurred_at="2020-01-01T00:00:00Z"),
    )
    send(topics.events, event(4, None, 4), headers=[(HEADER, b"2")])
    steps = trace(there, topics, KEY)
    assert [step.decision for step in steps] == [
        "assigned",
        "unchanged",
        "repeated",
        "conflicting_repeat",
        "no_json",
        "older_than_horizon",
        "assigned",
    ]
    assert [step.offset for step in steps] == list(range(7))
    assert steps[6].headers == {HEADER: "2"}


def test_rows_stand_with_the_event_that_made_them_come_out(
    there: Installation, topics: Topics
) -> None:
    send(topics.events, event(1, "a", 1), event(2, "b", 2))
    identity = str(UUID(int=1))
    send(topics.log, row(1, event_id=identity, version=1), row(1, event_id=identity, version=3))
    first, second = trace(there, topics, KEY)
    assert [(each["version"], each["state"]) for each in first.rows] == [
        (1, "not in ClickHouse yet")
    ]
    assert [each["version"] for each in second.rows] == [3]


def test_an_event_leads_to_its_contact(there: Installation, topics: Topics) -> None:
    send(topics.events, event(7, "a", 1))
    assert contact_of(there, topics, UUID(int=7)) == KEY
    assert contact_of(there, topics, UUID(int=8)) is None
