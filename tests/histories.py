"""Made-up histories of contacts as rows of `assignment-log`, for tests of what is shown of them.

Rows come in an order in which the sink might write them, with corrections among them: what they
leave behind is `final`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

Row = dict[str, Any]
Person = tuple[str, str, str, str, str]
"""Id, name, id and name of their team, and what they are."""

PEOPLE: list[Person] = [
    ("7", "Ann Lee", "s", "Sales", "user"),
    ("8", "Bo Ødegård", "s", "Sales", "user"),
    ("-", "Dash", "p", "Support", "user"),
    ("10", "محمد علي", "p", "Support", "user"),
    ('it\'s \\ "q"\n', "Qu'ote \\ back", "p", "Support", "user"),
    ("12", "佐藤 花子", "", "", "user"),
    ("team:7", "Strict id", "", "", "user"),
    ("7", "Queue", "", "", "team"),
    ("7", "FAQ helper", "", "", "bot"),
]
ACTORS: dict[str, list[tuple[str, str]]] = {
    "developer_api": [("k1", "Backend")],
    "workflow": [("7", "Route by language"), ("w2", "Escalate")],
    "bot": [("b1", "Helper bot")],
    "zapier": [("z1", "CRM zap")],
    "user": [("7", "Ann Lee"), ("8", "Bo Ødegård"), ("", "")],
    "contact_import": [("", "")],
    "close_conversation": [("c1", "Close")],
    "click_to_chat_ad": [("ad1", "=SUM(A1)")],
}
"""Every source but Make: one that does not occur must not be shown."""
NAMES = ["José", "JOSÉ", "Zoë", "Lars", "Ольга", "李雷", "Amina", "=cmd()", "a,b;c", 'say "hi"']


class Hold(NamedTuple):
    """Who has a contact, and what began that."""

    holder: Person | None
    since: datetime
    source: str
    actor: str


@dataclass
class Histories:
    """Rows as they arrive, and those that count in the end."""

    arriving: list[Row] = field(default_factory=list)
    final: list[Row] = field(default_factory=list)


def histories(
    workspace: str, count: int, start: datetime, end: datetime, seed: int = 1
) -> Histories:
    """`count` assignments between two instants; minutes repeat, so that `sequence` decides."""
    chance = random.Random(f"{workspace}/{seed}")
    made = Histories()
    times = sorted(_minute(chance, start, end) for _ in range(count))
    offset = 0
    holds: dict[str, Hold] = {}
    for number, at in enumerate(times):
        contact = str(chance.randint(1, max(1, count // 8)))
        before = holds.get(contact)
        if before and chance.random() < 0.1:
            at = before.since
        if before and at < before.since:
            continue
        holder = _next_holder(chance, before)
        if holder == (before.holder if before else None):
            continue
        offset += 1
        row = _row(chance, workspace, contact, at, number, offset, holder, before)
        made.final.append(row)
        made.arriving += _arrivals(chance, row)
        holds[contact] = Hold(holder, at, row["source"], row["actor_id"])
    return made


def _minute(chance: random.Random, start: datetime, end: datetime) -> datetime:
    at = start + chance.random() * (end - start)
    if chance.random() < 0.5:
        return at.replace(second=0, microsecond=0)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _next_holder(chance: random.Random, before: Hold | None) -> Person | None:
    return None if before and before.holder and chance.random() < 0.2 else chance.choice(PEOPLE)


def _row(
    chance: random.Random, workspace: str, contact: str, at: datetime, number: int, offset: int,
    holder: Person | None, before: Hold | None,
) -> Row:  # fmt: skip
    source = chance.choice(list(ACTORS))
    actor = chance.choice(ACTORS[source])
    return {
        "event_id": str(UUID(int=chance.getrandbits(128), version=4)),
        "workspace_id": workspace,
        "contact_id": contact,
        "contact_name": f"{NAMES[int(contact) % len(NAMES)]} {contact}",
        "conversation_id": f"c{contact}-{chance.randint(1, 3)}",
        "occurred_at": _wire(at),
        "sequence": number,
        "source": source,
        "actor_id": actor[0],
        "actor_name": actor[1],
        **_party("assigned_to", holder),
        **_party("previous_assignee", _moved(number, before.holder) if before else None),
        "previous_since": _wire(before.since) if before else None,
        "began_source": before.source if before else None,
        "began_actor_id": before.actor if before else None,
        "began_team_id": before.holder[2] if before and before.holder else None,
        "sign": 1,
        "version": 10,
        "event_partition": 0,
        "event_offset": offset,
    }


def _moved(number: int, person: Person | None) -> Person | None:
    """Now and then in another team than when they got the contact: an event in between said so."""
    return (*person[:2], "n", "New", person[4]) if person and number % 13 == 0 else person


def _party(prefix: str, person: Person | None) -> Row:
    keys = ("id", "name", "team_id", "team_name", "kind")
    return dict(zip((f"{prefix}_{key}" for key in keys), person or ("",) * 5, strict=True))


def _arrivals(chance: random.Random, row: Row) -> Iterator[Row]:
    """The row; now and then after a version of it that is taken back."""
    if chance.random() < 0.15:
        wrong = {**row, **_party("previous_assignee", PEOPLE[0]), "version": 1}
        if row["previous_since"]:
            wrong |= {"began_source": "workflow", "began_actor_id": "w9", "began_team_id": "p"}
        yield wrong
        yield {**wrong, "sign": -1, "version": 5}
    if chance.random() < 0.1:
        gone = {**row, "event_id": str(UUID(int=chance.getrandbits(128), version=4))}
        yield {**gone, "version": 1}
        yield {**gone, "sign": -1, "version": 2}
    yield row


def _wire(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def holder(row: Row, prefix: str = "assigned_to") -> str:
    """A holder as one text: a user by the id alone, where that cannot be read as another."""
    kind, identity = row[f"{prefix}_kind"], row[f"{prefix}_id"]
    alone = kind != "user" or identity.split(":")[0] not in ("user", "team", "bot")
    return str(identity) if kind in ("", "user") and alone else f"{kind}:{identity}"


def when(row: Row) -> datetime:
    """The instant of a row."""
    return datetime.fromisoformat(row["occurred_at"])


def place(row: Row) -> tuple[datetime, int, int]:
    """What orders the rows of one contact."""
    return when(row), row["sequence"], row["event_offset"]
