"""The names that ids have: of several that one had, the last."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
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
    CONTACT = "contacts"
    ACTOR = "actors"
    """Their ids are source, colon, id: `workflow:7`."""


_Key = tuple[str, Named, str]


@dataclass(frozen=True)
class _Kept:
    """Names, all of them looked up since the tables were known to be in this version."""

    version: str
    names: dict[_Key, tuple[float, str]] = field(default_factory=dict)


_kept: WeakKeyDictionary[Store, _Kept] = WeakKeyDictionary()


def keep_with(store: Store, version: str) -> None:
    """Forget the names that were kept with another version of the tables."""
    kept = _kept.get(store)
    if kept is None or kept.version != version:
        _kept[store] = _Kept(version)


def names(
    store: Store,
    workspace: str,
    of: Named,
    ids: Iterable[str],
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, str]:
    """Names by id; empty for who has none."""
    now, wanted = clock(), set(ids)
    kept = _kept.setdefault(store, _Kept("")).names
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
