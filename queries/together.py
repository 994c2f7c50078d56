"""Several questions to ClickHouse at the same time.

Of two small statements it understands each sooner than one that joins them, and it has more than
one processor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from queries.store import Row, Store

Asked = tuple[str, Mapping[str, Any]]
"""A statement and its parameters."""

_threads = ThreadPoolExecutor(16, thread_name_prefix="queries")


def added(store: Store, asked: Sequence[Asked]) -> Iterator[Row]:
    """The rows of all; raises QueryError for the first that has none."""
    running = [_threads.submit(store.rows, *each) for each in asked[1:]]
    if asked:
        yield from store.rows(*asked[0])
    for each in running:
        yield from each.result()
