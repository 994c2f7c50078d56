"""Names are asked once in a while, not with every number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from queries.names import KEPT, Named, keep_with, names


class Names:
    """A store that knows names, and notes for whom it was asked."""

    def __init__(self, **known: str) -> None:
        self.known, self.asked = known, []  # type: ignore[var-annotated]

    def rows(self, query: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        self.asked.append(sorted(parameters["ids"]))
        return [{"id": i, "name": self.known[i]} for i in parameters["ids"] if i in self.known]

    def raw(self, query: str, parameters: Mapping[str, Any], fmt: str) -> bytes:
        raise NotImplementedError


def test_a_name_is_asked_again_after_a_while() -> None:
    store, at = Names(a="Ann", b="Bo"), [100.0]

    def ask(*ids: str) -> dict[str, str]:
        return names(store, "1", Named.ASSIGNEE, ids, lambda: at[0])

    assert ask("a", "nobody") == {"a": "Ann", "nobody": ""}
    store.known["a"] = "Anna"
    at[0] += KEPT - 1
    assert ask("a", "b") == {"a": "Ann", "b": "Bo"}
    at[0] += 1
    assert ask("a", "b") == {"a": "Anna", "b": "Bo"}
    assert store.asked == [["a", "nobody"], ["b"], ["a"]]


def test_names_of_one_kind_and_workspace_are_not_those_of_another() -> None:
    store, other = Names(a="Ann"), Names(a="Arthur")
    assert names(store, "1", Named.ASSIGNEE, "a") == {"a": "Ann"}
    assert names(other, "1", Named.ASSIGNEE, "a") == {"a": "Arthur"}
    store.known["a"] = "A team"
    assert names(store, "1", Named.TEAM, "a") == {"a": "A team"}
    assert names(store, "2", Named.ASSIGNEE, "a") == {"a": "A team"}
    assert names(store, "1", Named.ASSIGNEE, "a") == {"a": "Ann"}
    assert names(store, "1", Named.TEAM, ()) == {}


def test_names_of_another_version_of_the_tables_are_forgotten() -> None:
    store = Names(a="Ann")
    keep_with(store, "v1")
    assert names(store, "1", Named.ASSIGNEE, "a") == {"a": "Ann"}
    store.known["a"] = "Anna"
    keep_with(store, "v1")
    assert names(store, "1", Named.ASSIGNEE, "a") == {"a": "Ann"}
    keep_with(store, "v2")
    assert names(store, "1", Named.ASSIGNEE, "a") == {"a": "Anna"}


def test_a_name_that_was_asked_for_before_another_version_is_not_kept_with_it() -> None:
    """It may be of before: the answer was on its way."""

    class Slow(Names):
        def rows(self, query: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
            found = super().rows(query, parameters)
            keep_with(self, "v2")
            return found

    store = Slow(a="Ann")
    keep_with(store, "v1")
    names(store, "1", Named.ASSIGNEE, "a")
    store.known["a"] = "Anna"
    assert names(store, "1", Named.ASSIGNEE, "a") == {"a": "Anna"}
