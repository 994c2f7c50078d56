"""What a filter offers: searched on the server, by name in any script or by id."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field

from producers.event import Kind, Source
from queries.filters import NOBODY, encode_id
from queries.holders import holder
from queries.names import Named
from queries.sql import filled, statement
from queries.store import Row, Store
from sink.names import searchable


class Choosable(StrEnum):
    """The filters whose values can be listed."""

    SOURCE = "source"
    ASSIGNED_TO = "assigned_to"
    ASSIGNED_BY = "assigned_by"
    CONTACT = "contact"


class Choice(BaseModel):
    """One value of a filter."""

    value: str = Field(description="What stands in the address.")
    label: str = Field(description="What readers see: a name and, where that says more, the id.")
    name: str = Field(description="The name alone; the id where there is none.")


NOBODY_IS = {Choosable.ASSIGNED_TO: "Unassigned", Choosable.ASSIGNED_BY: "-"}


def choices(
    store: Store, workspace: str, of: Choosable, needle: str = "", limit: int = 50,
    nobody_is: Mapping[Choosable, str] = NOBODY_IS,
) -> list[Choice]:  # fmt: skip
    """Values that match `needle` in name or id; the likeliest first, before them nobody."""
    rows = _rows(store, workspace, of, needle, limit)
    if of is Choosable.SOURCE:
        there = {row["id"] for row in rows}
        found = [Choice(value=s, label=s.label, name=s.label) for s in Source if s in there]
        return [choice for choice in found if needle.lower() in choice.label.lower()]
    found = [_choice(row, of) for row in rows]
    nobody = nobody_is.get(of)
    if nobody is not None and needle.lower() in nobody.lower():
        found.insert(0, Choice(value=NOBODY, label=nobody, name=nobody))
    return found[:limit]


_IN_PEOPLE: dict[Choosable, dict[str, Any]] = {
    Choosable.ASSIGNED_TO: {"role": Named.ASSIGNEE, "kinds": [*Kind]},
    Choosable.ASSIGNED_BY: {"role": Named.ACTOR, "kinds": [Source.USER]},
}


def _rows(store: Store, workspace: str, of: Choosable, needle: str, limit: int) -> list[Row]:
    name = "choices" if of in _IN_PEOPLE else f"choices_{of}"
    query = filled(statement(name), needle=searchable("{q:String}"))
    asked = {"workspace": workspace, "q": needle, "limit": limit, **_IN_PEOPLE.get(of, {})}
    return store.rows(query, asked)


def _choice(row: Row, of: Choosable) -> Choice:
    identifier = holder(row["kind"], row["id"]) if of is Choosable.ASSIGNED_TO else row["id"]
    name = row["name"] or identifier
    label = name if name == identifier else f"{name} ({identifier})"
    return Choice(value=encode_id(identifier), label=label, name=name)


def source_label(value: str) -> str:
    """The name readers see of a source; an unknown one as it is."""
    return Source(value).label if value in list(Source) else value
