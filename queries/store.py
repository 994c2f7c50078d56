"""The door to ClickHouse: every query with server-bound parameters, limits and a time-out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError

from queries.errors import QueryError, StoreBusy, StoreUnavailable, TooSlow
from sink.clickhouse import ClickHouseUnusable, Settings, connect

Row = dict[str, Any]

# An answer that took longer is of no use on a page; memory keeps one question from starving others.
TIMEOUT = 20
LIMITS = {
    "max_execution_time": TIMEOUT,
    "timeout_overflow_mode": "throw",
    "max_memory_usage": 4_000_000_000,
    "max_result_rows": 500_000,
    "readonly": 2,
    # Contacts are in the log's sorting key: their rows are found before other columns are read.
    "optimize_move_to_prewhere_if_final": 1,
    # An assignment never moves to another month: no row replaces one of another partition.
    "do_not_merge_across_partitions_select_final": 1,
    # An answer reads a few ten thousand rows; by default one thread reads six times as many alone.
    "merge_tree_min_rows_for_concurrent_read": 16_384,
    "merge_tree_min_bytes_for_concurrent_read": 1 << 20,
}
_TOO_SLOW = {159, 160, 241, 307, 396}
_NO_TABLES = {60, 81}
# It answers, but has no place for one more statement just now.
_NO_PLACE = {202}


class Store(Protocol):
    """What answers queries; parameters are bound by the server."""

    def rows(self, query: str, parameters: Mapping[str, Any]) -> list[Row]:
        """The result as dictionaries by column name; raises QueryError."""
        ...

    def raw(self, query: str, parameters: Mapping[str, Any], fmt: str) -> bytes:
        """The result in one of ClickHouse's formats, whole; raises QueryError."""
        ...


class ClickHouseStore:
    """The store behind `CLICKHOUSE_URL`; its connections may be used by several threads."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @classmethod
    def from_environment(cls, settings: Settings | None = None) -> ClickHouseStore:
        """A store at `CLICKHOUSE_URL`; raises StoreUnavailable."""
        try:
            return cls(connect(settings, timeout=TIMEOUT + 10))
        except ClickHouseUnusable as unusable:
            raise StoreUnavailable(str(unusable)) from None

    def rows(self, query: str, parameters: Mapping[str, Any]) -> list[Row]:
        """See `Store.rows`."""
        try:
            result = self._client.query(
                query, parameters=bound(query, parameters), settings=dict(LIMITS)
            )
        except ClickHouseError as error:
            raise explained(error) from error
        return list(result.named_results())

    def raw(self, query: str, parameters: Mapping[str, Any], fmt: str) -> bytes:
        """See `Store.raw`."""
        try:
            return self._client.raw_query(
                query, parameters=bound(query, parameters), settings=dict(LIMITS), fmt=fmt
            )
        except ClickHouseError as error:
            raise explained(error) from error

    def close(self) -> None:
        """Gives the connections back."""
        self._client.close()


_PARAMETER = re.compile(r"\{(\w+):")


@lru_cache(1024)
def _named(query: str) -> frozenset[str]:
    return frozenset(_PARAMETER.findall(query))


def bound(query: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Those that the query names: each takes its time on the way."""
    named = _named(query)
    return {name: value for name, value in parameters.items() if name in named}


def explained(error: ClickHouseError) -> QueryError:
    """What went wrong, without SQL or addresses; what is our own mistake is raised as it is."""
    code = getattr(error, "code", None)
    if code in _TOO_SLOW:
        return TooSlow("Ask for a shorter period or fewer things at once.")
    if code in _NO_PLACE:
        return StoreBusy("ClickHouse has too much to do just now; try again in a moment.")
    if code in _NO_TABLES:
        return StoreUnavailable("ClickHouse has no tables yet: run `baton migrate`.")
    if code is None and isinstance(error, OperationalError):
        return StoreUnavailable("ClickHouse does not answer.")
    raise error
