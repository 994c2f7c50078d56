"""Which inserts the tables have seen: until the next, what was told before is as good as new."""

from __future__ import annotations

from queries.sql import statement
from queries.store import Store


def version(store: Store) -> str:
    """What changes with every insert, and not with merges in the background."""
    found: str = store.rows(statement("version"), {})[0]["version"]
    return found
