"""Which inserts the tables have seen: until the next, what was told before is as good as new."""

from __future__ import annotations

from queries import names
from queries.sql import statement
from queries.store import Store


def version(store: Store) -> str:
    """What changes with every insert, and not with merges in the background.

    Names that were kept before another are forgotten: what is told with this one is as new as it.
    """
    found: str = store.rows(statement("version"), {})[0]["version"]
    names.keep_with(store, found)
    return found
