"""What runs now, by the query ids that clients gave, so that KILL QUERY finds it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from deploy.local.clickhouse.errors import (
    QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING,
    TOO_MANY_SIMULTANEOUS_QUERIES,
    error,
)
from deploy.local.clickhouse.handle import Handle
from deploy.local.clickhouse.statement import Query

MAX_QUERIES = 100


@dataclass
class Entry:
    """One statement from its arrival to its answer; it has a handle while the engine works."""

    query_id: str
    user: str
    handle: Handle | None = None


class Running:
    """All statements in progress. For one thread (the event loop's)."""

    def __init__(self, limit: int = MAX_QUERIES) -> None:
        self._limit = limit
        self._entries: dict[str, Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    @contextmanager
    def enter(self, query_id: str, user: str) -> Iterator[Entry]:
        """Note a statement for as long as it takes.

        Raises:
            ClickHouseError: 216, its id is in use; 202, there are too many.
        """
        if query_id in self._entries:
            raise error(
                QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING,
                f"Query with id = {query_id} is already running",
            )
        if len(self._entries) >= self._limit:
            raise error(
                TOO_MANY_SIMULTANEOUS_QUERIES,
                f"Too many simultaneous queries. Maximum: {self._limit}",
            )
        entry = self._entries[query_id] = Entry(query_id, user)
        try:
            yield entry
        finally:
            del self._entries[query_id]

    def named(self, query: Query) -> dict[str, Handle]:
        """The handles behind the query ids that stand as strings in a statement."""
        names = [token.text[1:-1].decode() for token in query.tokens if token.kind == "string"]
        entries = [self._entries[name] for name in names if name in self._entries]
        return {entry.query_id: entry.handle for entry in entries if entry.handle is not None}


def renamed(query: Query, ids: dict[str, str]) -> str:
    """The statement with the engine's query ids in place of the clients'."""
    sql, shift = query.sql.encode(), 0
    for token in query.tokens:
        new = ids.get(token.text[1:-1].decode()) if token.kind == "string" else None
        if new is not None:
            literal = f"'{new}'".encode()
            sql = sql[: token.start + shift] + literal + sql[token.end + shift :]
            shift += len(literal) - len(token.text)
    return sql.decode()
