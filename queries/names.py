"""The names that ids have: of several that one had, the last."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from queries.sql import statement
from queries.store import Row
from queries.together import Asked


class Named(StrEnum):
    """What has names."""

    ASSIGNEE = "assignees"
    TEAM = "teams"
    ACTOR = "actors"
    """Their ids are source, colon, id: `workflow:7`."""


def names(workspace: str, of: Named, ids: Iterable[str]) -> Asked:
    """What asks for the names of these; `by_id` reads the answer."""
    if of is not Named.ACTOR:
        return statement(f"names_of_{of}"), {"workspace": workspace, "ids": list(ids)}
    parts = [identifier.partition(":") for identifier in ids]
    sources, actors = {part[0] for part in parts}, {part[2] for part in parts}
    parameters = {"workspace": workspace, "sources": sorted(sources), "ids": sorted(actors)}
    return statement(f"names_of_{of}"), parameters


def by_id(rows: Iterable[Row]) -> dict[str, str]:
    """Names by id; who has none is missing."""
    return {row["id"]: row["name"] for row in rows}
