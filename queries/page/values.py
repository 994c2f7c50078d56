"""What readers see of the values of filters: a name and, beside it, the id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from producers.event import Source
from queries.choices import NOBODY_IS, Choosable, choices
from queries.filters import NOBODY, decode_id
from queries.names import Named, names
from queries.page.texts import Texts
from queries.store import Store


@dataclass(frozen=True)
class Shown:
    """A value as it stands in the address, and what readers see of it."""

    value: str
    name: str
    id: str = ""
    """Beside the name; empty where that says all."""

    @classmethod
    def of(cls, value: str, name: str, identifier: str) -> Shown:
        """The id alone where there is no name, or none that says more."""
        if name in ("", identifier):
            return cls(value, identifier)
        return cls(value, name, identifier)


_NAMED = {
    "assigned_to": Named.ASSIGNEE,
    "previous": Named.ASSIGNEE,
    "assigned_by": Named.ACTOR,
    "actor": Named.ACTOR,
    "contact": Named.CONTACT,
    "team": Named.TEAM,
}
_NOBODY = {"assigned_to": "filter.unassigned", "team": "time_held.no_team"}
_NOT_SHOWN = "filter.not_shown"


def offered(store: Store, workspace: str, of: Choosable, needle: str, texts: Texts) -> list[Shown]:
    """What a filter offers for what was typed."""
    nobody_is = {one: texts(_NOBODY.get(one, _NOT_SHOWN)) for one in NOBODY_IS}
    found = choices(store, workspace, of, needle, nobody_is=nobody_is)
    return [
        Shown(one.value, one.name)
        if one.value == NOBODY
        else Shown.of(one.value, one.name, decode_id(one.value))
        for one in found
    ]


def shown(
    store: Store, workspace: str, field: str, values: Sequence[Any], texts: Texts
) -> list[Shown]:
    """What readers see of a filter's values."""
    ids = {str(value): _known_as(field, decode_id(str(value))) for value in values}
    found = {}
    if field in _NAMED:
        found = names(store, workspace, _NAMED[field], filter(None, ids.values()))
    return [_shown(field, value, ids[value], found, texts) for value in map(str, values)]


def _known_as(field: str, identifier: str) -> str:
    """The id under which a name is kept: users are among those who acted."""
    return f"{Source.USER}:{identifier}" if field == "assigned_by" and identifier else identifier


def _shown(field: str, value: str, identifier: str, found: dict[str, str], texts: Texts) -> Shown:
    if field == "source":
        return Shown(value, texts.source(value))
    if field in ("kind", "hold"):
        return Shown(value, texts(f"filter.{value}"))
    if field == "holder_kind":
        return Shown(value, texts(f"filter.holder_kind_{value}"))
    if not identifier:
        return Shown(value, texts(_NOBODY.get(field, _NOT_SHOWN)))
    name = found.get(identifier, "")
    if field == "assigned_by":
        return Shown.of(value, name, decode_id(value))
    if field == "actor":
        source, _, actor = identifier.partition(":")
        return Shown(value, name or texts.source(source), actor)
    return Shown.of(value, name, identifier)
