"""Events without an id get one that is made of what they say."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from producers.event import parse
from producers.identity import canonical, identify
from tests import wire
from tests.unit.producers.test_faults import GOOD


def identified(event: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = orjson.loads(identify(parse(orjson.dumps(event))))
    return message


@given(wire.events, st.uuids())
def test_the_id_does_not_depend_on_the_one_it_came_with(event: dict[str, Any], other: Any) -> None:
    assert identified(event) == identified(event | {"event_id": str(other)})


@given(wire.events)
def test_what_is_sent_says_the_same_as_what_came(event: dict[str, Any]) -> None:
    came = parse(orjson.dumps(event))
    assert canonical(parse(identify(came))) == canonical(came)


@given(wire.events)
def test_the_way_it_is_written_does_not_matter(event: dict[str, Any]) -> None:
    moment = datetime.fromisoformat(event["occurred_at"])
    elsewhere = moment.astimezone(timezone(timedelta(hours=5, minutes=45))).isoformat()
    rewritten = {"unknown": 1, **dict(reversed(event.items()))} | {
        "occurred_at": elsewhere,
        "contact_id": str(event["contact_id"]),
    }
    assert identified(rewritten) == identified(event)


@given(wire.hand_offs, st.data())
def test_any_other_content_is_another_event(event: dict[str, Any], data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(["contact_id", "contact_name", "conversation_id", "source"]))
    value = data.draw(wire.hand_offs)[field]
    changed = identified(event | {field: value})
    assert (changed["event_id"] == identified(event)["event_id"]) == (
        str(value) == str(event[field])
    )


def test_a_user_is_the_kind_of_who_has_none() -> None:
    event = GOOD | {"assigned_to": {"id": 7, "name": "Ann"}}
    ids = {
        kind: identified(event | {"assigned_to": {**event["assigned_to"], "kind": kind}})[
            "event_id"
        ]
        for kind in (None, "user", "team", "bot")
    }
    assert ids[None] == ids["user"] == identified(event)["event_id"]
    assert len(set(ids.values())) == 3


def test_the_id_of_an_event_never_changes() -> None:
    event = {
        "event_id": "6f2c1d9e-0000-4000-8000-000000000001",
        "event_type": "conversation.opened",
        "workspace_id": 1,
        "contact_id": "c",
        "contact_name": "Zoë",
        "conversation_id": "x",
        "occurred_at": "2016-02-29T01:23:00Z",
    }
    assert identified(event)["event_id"] == "50d38629-af8e-55ff-8d8b-6361d2a1eedd"
