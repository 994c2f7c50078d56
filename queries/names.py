"""The names that ids have: of several that one had, the last."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from queries.holders import parted
from queries.sql import statement
from queries.store import Store


class Named(StrEnum):
    """What has names: its role in an assignment."""

    ASSIGNEE = "assignee"
    """Their ids are those of `queries.holders`."""
    TEAM = "team"
    CONTACT = "contact"
    ACTOR = "actor"
    """Their ids are source, colon, id: `workflow:7`."""


def names(store: Store, workspace: str, of: Named, ids: Iterable[str]) -> dict[str, str]:
    """Names by id; empty for who has none."""
    wanted = {identifier: _parted(of, identifier) for identifier in ids}
    if not wanted:
        return {}
    asked = {
        "workspace": workspace,
        "role": of,
        "kinds": sorted({kind for kind, _ in wanted.values()}),
        "ids": sorted({identifier for _, identifier in wanted.values()}),
    }
    rows = store.rows(statement("names"), asked)
    found = {(row["kind"], row["id"]): row["name"] for row in rows}
    return {identifier: found.get(key, "") for identifier, key in wanted.items()}


def _parted(of: Named, identifier: str) -> tuple[str, str]:
    """Kind and id."""
    if of is Named.ASSIGNEE:
        return parted(identifier)
    kind, _, rest = identifier.partition(":")
    return (kind, rest) if of is Named.ACTOR else ("", identifier)
