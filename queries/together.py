"""Several questions to ClickHouse at the same time.

Of two small statements it understands each sooner than one that joins them, and it has more than
one processor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from queries.store import Row, Store

Asked = tuple[str, Mapping[str, Any]]
"""A statement and its parameters."""

Result = TypeVar("Result")

_threads = ThreadPoolExecutor(16, thread_name_prefix="queries")


def answers(store: Store, asked: Sequence[Asked]) -> list[list[Row]]:
    """The rows of each; raises QueryError for the first that has none."""
    running = [beside(partial(store.rows, *each)) for each in asked[1:]]
    return [*(store.rows(*each) for each in asked[:1]), *(each.result() for each in running)]


def beside(call: Callable[[], Result]) -> Future[Result]:
    """What it gives, while the caller goes on; it must not wait for others of its kind."""
    return _threads.submit(call)
