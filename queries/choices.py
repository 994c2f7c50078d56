"""What a filter offers: searched on the server, by name in any script or by id."""

from __future__ import annotations

from enum import StrEnum
from string import Template

from pydantic import BaseModel, Field

from producers.event import Source
from queries.filters import NOBODY, encode_id
from queries.sql import statement
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
    label: str = Field(description="What readers see.")


UNASSIGNED = Choice(value=NOBODY, label="Unassigned")
NOT_SHOWN = Choice(value=NOBODY, label="-")


def choices(
    store: Store, workspace: str, of: Choosable, needle: str = "", limit: int = 50
) -> list[Choice]:
    """Values that match `needle` in name or id; the likeliest first."""
    rows = _rows(store, workspace, of, needle, limit)
    if of is Choosable.SOURCE:
        there = {row["id"] for row in rows}
        found = [Choice(value=s, label=s.label) for s in Source if s in there]
        return [choice for choice in found if needle.lower() in choice.label.lower()]
    found = [_choice(row) for row in rows]
    fixed = {Choosable.ASSIGNED_TO: UNASSIGNED, Choosable.ASSIGNED_BY: NOT_SHOWN}.get(of)
    if fixed and needle.lower() in fixed.label.lower():
        found = [fixed, *(choice for choice in found if choice.value != NOBODY)]
    return found[:limit]


def _rows(store: Store, workspace: str, of: Choosable, needle: str, limit: int) -> list[Row]:
    query = Template(statement(f"choices_{of}")).safe_substitute(
        name=searchable("name"), needle=searchable("{q:String}")
    )
    return store.rows(query, {"workspace": workspace, "q": needle, "limit": limit})


def _choice(row: Row) -> Choice:
    if not row["id"]:
        return UNASSIGNED
    named = row["name"] and row["name"] != row["id"]
    label = f"{row['name']} ({row['id']})" if named else row["id"]
    return Choice(value=encode_id(row["id"]), label=label)


def source_label(value: str) -> str:
    """The name readers see of a source; an unknown one as it is."""
    return Source(value).label if value in list(Source) else value
