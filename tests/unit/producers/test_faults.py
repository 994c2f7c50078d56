"""Every fault is named by its field, in words, without the value."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from producers.event import Assignee, AssigneeUpdated, Party, parse
from producers.faults import ROOT, RULES, faults
from tests import wire

GOOD: dict[str, Any] = {
    "event_id": "6f2c1d9e-0000-4000-8000-000000000001",
    "event_type": "contact.assignee.updated",
    "workspace_id": 1,
    "contact_id": "c",
    "contact_name": "n",
    "conversation_id": "x",
    "occurred_at": "2016-02-29T01:23:00Z",
    "assigned_to": {"id": 1, "name": "A", "team": {"id": "t", "name": "T"}},
    "source": "user",
}


def faults_of(message: str | bytes) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        parse(message)
    return faults(caught.value)


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"event_type": "x"}, ["event_type"]),
        ({"assigned_to": 5}, ["assigned_to"]),
        ({"assigned_to": {"id": True}}, ["assigned_to.id", "assigned_to.name"]),
        (
            {"assigned_to": {"id": 1, "name": "A", "team": {}}},
            ["assigned_to.team.id", "assigned_to.team.name"],
        ),
        ({"actor": {"id": "", "name": "A"}, "source": "fax"}, ["source", "actor.id"]),
        ({"workspace_id": 1.5, "contact_id": "x" * 201}, ["workspace_id", "contact_id"]),
        ({"occurred_at": "2016-02-30T00:00:00Z"}, ["occurred_at"]),
    ],
)
def test_each_fault_is_named_by_its_field(change: dict[str, Any], fields: list[str]) -> None:
    found = faults_of(json.dumps(GOOD | change))
    assert [fault.partition(":")[0] for fault in found] == fields


def test_a_missing_field_is_called_missing() -> None:
    assert faults_of(json.dumps({**GOOD, "assigned_to": {"id": 1}})) == [
        "assigned_to.name: is missing"
    ]
    del (event := dict(GOOD))["event_type"]
    assert faults_of(json.dumps(event)) == ["event_type: is missing"]


@pytest.mark.parametrize("message", [b"", b"{", b"\xff", b'{"contact_name": "\\ud800"}'])
def test_what_is_not_json_is_called_so(message: bytes) -> None:
    assert faults_of(message)[0].startswith(f"{ROOT}: is not JSON")


@pytest.mark.parametrize("message", [b"[]", b"null", b'"text"'])
def test_what_is_no_object_is_called_so(message: bytes) -> None:
    assert faults_of(message) == [f"{ROOT}: must be a JSON object"]


def test_every_field_of_the_contract_has_its_rule() -> None:
    fields = {*AssigneeUpdated.model_fields, *Assignee.model_fields, *Party.model_fields}
    assert fields == set(RULES)


def test_values_are_left_out() -> None:
    assert "Grace" not in " ".join(
        faults_of(json.dumps(GOOD | {"source": "Grace", "actor": "Grace"}))
    )


@given(wire.broken())
def test_every_refused_event_has_a_fault_of_a_known_field(event: Any) -> None:
    try:
        parse(json.dumps(event))
    except ValidationError as error:
        named = [fault.partition(":")[0] for fault in faults(error)]
        assert named
        assert all(part in RULES for field in named for part in field.split("."))
