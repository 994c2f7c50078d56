"""Names by id, as they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from queries.names import Named, names


class Names:
    """A store that knows names by kind and id, and notes what it was asked."""

    def __init__(self, **known: str) -> None:
        self.known = {tuple(name.split("_")): name_of for name, name_of in known.items()}
        self.asked: list[Mapping[str, Any]] = []

    def rows(self, query: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        self.asked.append(parameters)
        found = self.known.items()
        return [{"kind": kind, "id": id_, "name": name} for (kind, id_), name in found]

    def raw(self, query: str, parameters: Mapping[str, Any], fmt: str) -> bytes:
        raise NotImplementedError


def test_each_id_has_its_name_and_unknown_ones_none() -> None:
    store = Names(_a="Ann", _b="Bo")
    assert names(store, "1", Named.TEAM, ["a", "x"]) == {"a": "Ann", "x": ""}
    (asked,) = store.asked
    assert asked == {"workspace": "1", "role": "team", "kinds": [""], "ids": ["a", "x"]}


def test_holders_are_told_apart_by_what_they_are() -> None:
    store = Names(user_7="Ann", team_7="Sales", bot_7="Helper")
    wanted = ["7", "team:7", "bot:7", "user:team:7", ""]
    assert names(store, "1", Named.ASSIGNEE, wanted) == {
        "7": "Ann", "team:7": "Sales", "bot:7": "Helper", "user:team:7": "", "": "",
    }  # fmt: skip


def test_actors_are_told_apart_by_source() -> None:
    store = Names(workflow_7="Route", user_7="Ann")
    wanted = ["workflow:7", "user:7", "user:a:b", "contact_import:"]
    assert names(store, "1", Named.ACTOR, wanted) == {
        "workflow:7": "Route", "user:7": "Ann", "user:a:b": "", "contact_import:": "",
    }  # fmt: skip
    (asked,) = store.asked
    assert asked["ids"] == ["", "7", "a:b"]
    assert asked["kinds"] == ["contact_import", "user", "workflow"]


def test_nobody_is_not_asked_for() -> None:
    store = Names()
    assert names(store, "1", Named.TEAM, []) == {}
    assert store.asked == []
