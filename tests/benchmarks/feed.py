"""Made-up events to measure with, always the same ones, and the answers they must give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple
from uuid import UUID

import orjson

from producers.event import Source, key

AGENTS = 200
TEAMS = ("Sales", "Support", "Billing", "Onboarding")
SOURCES = [str(source) for source in Source]
START = datetime(2026, 3, 2, 8, tzinfo=UTC)


class Message(NamedTuple):
    """A message as it is sent."""

    key: bytes
    value: bytes


class Answer(NamedTuple):
    """What all rows add up to: how many, and a sum over event and previous assignee of each."""

    rows: int = 0
    total: int = 0

    def plus(self, event_id: str, previous: str | None, sign: int = 1) -> Answer:
        """With one row more, or (sign -1) one taken back."""
        total = self.total + sign * hash((event_id, previous))
        return Answer(self.rows + sign, total)


class Feed(NamedTuple):
    """Messages in the order they are sent, and what whoever derives from them must say."""

    messages: list[Message]
    answer: Answer

    @property
    def mean_bytes(self) -> float:
        """Mean size of a message's value."""
        return sum(len(message.value) for message in self.messages) / len(self.messages)


def hand_offs(count: int, contacts: int = 50_000, seed: int = 20260302) -> Feed:
    """Assignments alone, in order: a few contacts often, most a few times, each to another agent.

    Every event makes a row, so that all who derive have the same to write.
    """
    random = Random(seed)
    holders: dict[int, int] = {}
    answer = Answer()
    messages = []
    for number in range(count):
        contact = int(contacts * random.random() ** 1.5)
        before = holders.get(contact)
        agent = random.randrange(AGENTS) if before is None else _other(random, before)
        holders[contact] = agent
        identity = identifier(random)
        answer = answer.plus(identity, None if before is None else str(before))
        messages.append(assignment(random, identity, contact, number, agent))
    return Feed(messages, answer)


def identifier(random: Random) -> str:
    """An event id."""
    return str(UUID(int=random.getrandbits(128), version=4))


def _other(random: Random, agent: int) -> int:
    return (agent + random.randrange(1, AGENTS)) % AGENTS


def assignment(random: Random, identity: str, contact: int, number: int, agent: int) -> Message:
    """A contact given to an agent at the time of this number, by a source the chance chooses."""
    workspace = contact % 3 + 1
    source, actor = random.choice(SOURCES), random.randrange(AGENTS)
    event: dict[str, object] = {
        "event_id": identity,
        "event_type": "contact.assignee.updated",
        "workspace_id": workspace,
        "contact_id": contact,
        "contact_name": f"Contact {contact}",
        "conversation_id": contact * 10 + number % 10,
        "occurred_at": at(number),
        "assigned_to": {
            "id": agent,
            "name": f"Agent {agent}",
            "team": {"id": agent % len(TEAMS), "name": TEAMS[agent % len(TEAMS)]},
        },
        "source": source,
    }
    if source == Source.USER:
        event["actor"] = {"id": actor, "name": f"Agent {actor}"}
    return Message(key(workspace, contact), orjson.dumps(event))


def at(number: int) -> str:
    """The time of the event of this number; there are 50 a second."""
    time = START + timedelta(milliseconds=20 * number)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def broken(feed: Feed, every: int) -> Feed:
    """The same feed with every so-manieth event followed by one that is no event.

    They are followed, not replaced, so that the rows stay the same.
    """
    messages = list(_with_faults(feed.messages, every))
    return Feed(messages, feed.answer)


def _with_faults(messages: Iterable[Message], every: int) -> Iterator[Message]:
    faults: list[Callable[[bytes], bytes]] = [
        lambda value: value[: len(value) // 2],
        lambda value: value.replace(b'"source":"', b'"source":"not_'),
        lambda value: value.replace(b'"contact_id":', b'"contact_id":-0.5,"was":'),
    ]
    for number, message in enumerate(messages):
        yield message
        if number % every == 0:
            fault = faults[number // every % len(faults)]
            yield Message(message.key, fault(message.value))
