"""What happens at the desks, one event after the other; pure but for the clock it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count
from random import Random
from typing import Any

import orjson

from producers.event import EVENT, key
from producers.identity import UNIDENTIFIED, content_id
from producers.rows import Ready
from producers.simulate import names
from producers.simulate.desk import Agent, Contact, Desk, Queue, opened

CONTACTS_PER_DESK = 2_000
_NEW_CONTACT = 0.2
_FIRST = {
    "workflow": 40,
    "bot": 15,
    "user": 12,
    "developer_api": 8,
    "click_to_chat_ad": 8,
    "zapier": 5,
    "make": 5,
    "contact_import": 4,
    "ai_agent": 6,
    "n8n": 2,
    "unknown": 1,
}
"""What gives a waiting contact to somebody, and how often."""
_QUEUED = 0.15
_NEXT = {"hand_off": 50, "close": 25, "leave": 12, "unassign": 8, "confirm": 5}
"""What becomes of a contact somebody holds, and how often."""


def feed(rng: Random, now: Callable[[], datetime], workspaces: int) -> Iterator[Ready]:
    """Messages without end, each at the time the clock shows when it is asked for; the same seed
    and clock give the same messages."""
    desks = [opened(number) for number in range(1, workspaces + 1)]
    for number in count(1):
        desk = rng.choices(desks, weights=range(len(desks), 0, -1))[0]
        moment = now()
        contact, said = _step(rng, desk, moment)
        event = {
            "event_id": UNIDENTIFIED,
            "workspace_id": desk.workspace,
            "contact_id": contact.id,
            "contact_name": contact.name,
            "conversation_id": contact.conversation,
            "occurred_at": moment.isoformat(timespec="milliseconds"),
            # Many events may share a millisecond.
            "sequence": number,
            **said,
        }
        event["event_id"] = str(content_id(EVENT.validate_python(event)))
        yield Ready(number, key(desk.workspace, contact.id), orjson.dumps(event))


def _step(rng: Random, desk: Desk, moment: datetime) -> tuple[Contact, dict[str, Any]]:
    if not desk.contacts or (
        len(desk.contacts) < CONTACTS_PER_DESK and rng.random() < _NEW_CONTACT
    ):
        desk.contacts.append(_contact(rng, desk))
        return desk.contacts[-1], _open(rng, desk.contacts[-1])
    contact = rng.choice(desk.contacts)
    if not contact.is_open:
        return contact, _open(rng, contact)
    if contact.holder is None:
        return contact, _assign(rng, desk, contact, moment)
    return contact, _continue(rng, desk, contact, contact.holder, moment)


def _contact(rng: Random, desk: Desk) -> Contact:
    number = rng.randrange(10**11, 10**12)
    return Contact(number if isinstance(desk.workspace, int) else f"c-{number}", names.person(rng))


def _open(rng: Random, contact: Contact) -> dict[str, Any]:
    contact.is_open = True
    contact.conversation = f"{rng.getrandbits(48):012x}"
    return {"event_type": "conversation.opened"}


def _assign(rng: Random, desk: Desk, contact: Contact, moment: datetime) -> dict[str, Any]:
    source = rng.choices(list(_FIRST), weights=list(_FIRST.values()))[0]
    agent = rng.choice(desk.on_shift(moment))
    actor = agent.as_party if source == "user" else rng.choice(desk.automations[source])
    contact.holder = rng.choice(desk.queues) if rng.random() < _QUEUED else agent
    return _hand_off(contact.holder, source, actor)


def _continue(
    rng: Random, desk: Desk, contact: Contact, holder: Agent | Queue, moment: datetime
) -> dict[str, Any]:
    # Who waits in a queue, or with a bot, gets somebody; who is with an agent off shift, another.
    if holder not in (working := desk.on_shift(moment)):
        contact.holder = rng.choice(working)
        return _hand_off(contact.holder, "workflow", desk.automations["workflow"][-1])
    what = rng.choices(list(_NEXT), weights=list(_NEXT.values()))[0]
    if what == "leave":
        # Closed by hand: the assignee stays.
        contact.is_open = False
        return {"event_type": "conversation.closed"}
    if what == "confirm":
        # An assignment to whoever has it already; the report knows it is none.
        return _hand_off(holder, "workflow", desk.automations["workflow"][0])
    if what == "hand_off":
        contact.holder = rng.choice([agent for agent in working if agent != holder] or working)
        return _hand_off(contact.holder, "user", holder.as_party)
    contact.holder = None
    contact.is_open = what == "unassign"
    source = "user" if what == "unassign" else "close_conversation"
    return _hand_off(None, source, holder.as_party)


def _hand_off(assignee: Agent | Queue | None, source: str, actor: dict[str, Any]) -> dict[str, Any]:
    return {
        "event_type": "contact.assignee.updated",
        "assigned_to": assignee and assignee.as_assignee,
        "source": source,
        "actor": actor,
    }
