"""The names that ids have: of several that one had, the last."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from enum import StrEnum
from weakref import WeakKeyDictionary

from queries.sql import statement
from queries.store import Store
from queries.together import Asked

KEPT = 10.0
"""Seconds that a name is used again: a page asks for the same ones with every number."""
_MANY = 100_000


class Named(StrEnum):
    """What has names."""

    ASSIGNEE = "assignees"
    TEAM = "teams"
    ACTOR = "actors"
    """Their ids are source, colon, id: `workflow:7`."""


_Key = tuple[str, Named, str]
_kept: WeakKeyDictionary[Store, dict[_Key, tuple[float, str]]] = WeakKeyDictionary()


def names(
    store: Store,
    workspace: str,
    of: Named,
    ids: Iterable[str],
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, str]:
    """Names by id; empty for who has none."""
    now, wanted = clock(), set(ids)
    kept = _kept.setdefault(store, {})
    keys = {identifier: (workspace, of, identifier) for identifier in wanted}
    old = [one for one in wanted if kept.get(keys[one], (0.0, ""))[0] <= now]
    if old:
        if len(kept) > _MANY:
            kept.clear()
        found = {row["id"]: row["name"] for row in store.rows(*_asked(workspace, of, old))}
        kept |= {keys[one]: (now + KEPT, found.get(one, "")) for one in old}
    return {one: kept[keys[one]][1] for one in wanted}


def _asked(workspace: str, of: Named, ids: Iterable[str]) -> Asked:
    query = statement(f"names_of_{of}")
    if of is not Named.ACTOR:
        return query, {"workspace": workspace, "ids": list(ids)}
    parts = [identifier.partition(":") for identifier in ids]
    sources, actors = {part[0] for part in parts}, {part[2] for part in parts}
    return query, {"workspace": workspace, "sources": sorted(sources), "ids": sorted(actors)}
