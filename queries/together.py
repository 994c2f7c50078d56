"""Several questions to ClickHouse at the same time.

Of two small statements it understands each sooner than one that joins them, and it has more than
one processor.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from queries.store import Row, Store

Asked = tuple[str, Mapping[str, Any]]
"""A statement and its parameters."""

_threads = ThreadPoolExecutor(16, thread_name_prefix="queries")


def together(store: Store, *asked: Asked) -> list[list[Row]]:
    """What each gives, in their order; raises QueryError for the first that has none."""
    if not asked:
        return []
    *others, own = asked
    running = [_threads.submit(store.rows, *each) for each in others]
    rows = store.rows(*own)
    return [*(each.result() for each in running), rows]
