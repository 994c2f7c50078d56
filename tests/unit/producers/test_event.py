"""What parses, what it becomes, and the key it travels under."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from producers.event import AssigneeUpdated, Source, key, parse
from tests import wire
from tests.unit.producers.test_faults import GOOD


@given(wire.identifiers, wire.identifiers)
def test_the_key_is_what_any_json_writer_writes(workspace: str | int, contact: str | int) -> None:
    text = json.dumps([str(workspace), str(contact)], ensure_ascii=False, separators=(",", ":"))
    assert key(workspace, contact) == text.encode()


def test_strings_and_integers_have_one_key() -> None:
    assert key(7, 104) == key("7", "104") == b'["7","104"]'
    assert key("a,b", "c") != key("a", "b,c")


@given(wire.hand_offs)
def test_an_event_says_what_stood_on_the_wire(event: dict[str, Any]) -> None:
    parsed = parse(json.dumps(event))
    assert isinstance(parsed, AssigneeUpdated)
    assert str(parsed.event_id) == event["event_id"]
    assert parsed.contact_id == event["contact_id"]
    assert parsed.occurred_at == datetime.fromisoformat(event["occurred_at"])
    assert (parsed.assigned_to is None) == (event["assigned_to"] is None)
    assert not hasattr(parsed, "unknown")


@pytest.mark.parametrize("text", ["1970-01-01T00:00:00Z", "2105-12-31T23:59:59.999Z"])
def test_the_first_and_the_last_instant_are_taken(text: str) -> None:
    assert parse(json.dumps(GOOD | {"occurred_at": text})).occurred_at.tzinfo == UTC


@pytest.mark.parametrize("text", ["1969-12-31T23:59:59Z", "2106-01-01T00:00:00Z",
                                  "1970-01-01T00:30:00+01:00"])  # fmt: skip
def test_what_no_table_could_hold_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        parse(json.dumps(GOOD | {"occurred_at": text}))


def test_every_source_has_a_label() -> None:
    assert len({source.label for source in Source}) == len(Source) == 12
