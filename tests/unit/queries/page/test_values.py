"""What readers see of a filter's values: names where there are any."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from queries.choices import Choosable
from queries.page.texts import load
from queries.page.values import Shown, offered, shown

KNOWN = {
    "assignee": {"user:8": "Bo", "user:u": "", "user:same": "same", "team:8": "Queue"},
    "actor": {"workflow:w0": "Route VIP", "user:8": "Bo", "bot:b": ""},
    "team": {"t0": "Support", "-": "Dashes"},
    "contact": {"c": "José"},
}


class Names:
    """A store that knows these names."""

    def rows(self, query: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        role = parameters["role"]
        found = ((id_.rpartition(":"), name) for id_, name in KNOWN[role].items())
        return [{"kind": kind, "id": id_, "name": name} for (kind, _, id_), name in found]

    def raw(self, query: str, parameters: Mapping[str, Any], fmt: str) -> bytes:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("field", "value", "name", "identifier"),
    [
        ("actor", "workflow:w0", "Route VIP", "w0"),
        ("actor", "bot:b", "Bot (Dialogflow)", "b"),
        ("actor", "contact_import:", "Contact Import", ""),
        ("actor", "pigeon:1", "pigeon", "1"),
        ("team", "t0", "Support", "t0"),
        ("team", "-", "No team", ""),
        ("team", "--", "Dashes", "-"),
        ("assigned_to", "8", "Bo", "8"),
        ("assigned_to", "u", "u", ""),
        ("assigned_to", "same", "same", ""),
        ("assigned_to", "gone", "gone", ""),
        ("assigned_to", "team:8", "Queue", "team:8"),
        ("assigned_to", "-", "Unassigned", ""),
        ("previous", "8", "Bo", "8"),
        ("previous", "-", "-", ""),
        ("assigned_by", "8", "Bo", "8"),
        ("assigned_by", "-", "-", ""),
        ("contact", "c", "José", "c"),
        ("conversation", "v1", "v1", ""),
        ("source", "bot", "Bot (Dialogflow)", ""),
        ("kind", "assignment", "To somebody", ""),
        ("holder_kind", "team", "A team", ""),
    ],
)
def test_a_value_is_shown_by_its_name(field: str, value: str, name: str, identifier: str) -> None:
    assert shown(Names(), "1", field, [value], load()) == [Shown(value, name, identifier)]


def test_what_is_offered_begins_with_nobody() -> None:
    found = offered(Names(), "1", Choosable.ASSIGNED_TO, "", load())
    assert found == [
        Shown("-", "Unassigned"), Shown("8", "Bo", "8"), Shown("u", "u"), Shown("same", "same"),
        Shown("team:8", "Queue", "team:8"),
    ]  # fmt: skip


def test_values_stay_in_their_order() -> None:
    found = shown(Names(), "1", "assigned_to", ["u", "-", "8"], load())
    assert [one.value for one in found] == ["u", "-", "8"]
