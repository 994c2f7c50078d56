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
from deploy.local.clickhouse.users import User

MAX_QUERIES = 100
# A reader's, and all readers'; the others are for those who may write.
READER_QUERIES, READERS_QUERIES = 20, 50


@dataclass
class Entry:
    """One statement from its arrival to its answer; it has a handle while the engine works."""

    query_id: str
    user: User
    handle: Handle | None = None


class Running:
    """All statements in progress. For one thread (the event loop's)."""

    def __init__(self, limit: int = MAX_QUERIES) -> None:
        self._limit = limit
        self._entries: dict[str, Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    @contextmanager
    def enter(self, query_id: str, user: User) -> Iterator[Entry]:
        """Note a statement for as long as it takes.

        Raises:
            ClickHouseError: 216, its id is in use; 202, there are too many.
        """
        if query_id in self._entries:
            raise error(
                QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING,
                f"Query with id = {query_id} is already running",
            )
        if limit := self._reached(user):
            raise error(
                TOO_MANY_SIMULTANEOUS_QUERIES,
                f"Too many simultaneous queries of {user.name}. Maximum: {limit}",
            )
        entry = self._entries[query_id] = Entry(query_id, user)
        try:
            yield entry
        finally:
            del self._entries[query_id]

    def _reached(self, user: User) -> int:
        """The limit that leaves no place for one more statement of this user; else 0."""
        if len(self._entries) >= self._limit:
            return self._limit
        if not user.reads_only:
            return 0
        readers = [each.user.name for each in self._entries.values() if each.user.reads_only]
        if len(readers) >= READERS_QUERIES:
            return READERS_QUERIES
        return READER_QUERIES if readers.count(user.name) >= READER_QUERIES else 0

    def named(self, query: Query) -> dict[str, Handle]:
        """The handles behind the query ids that stand as strings in a statement."""
        names = [token.text[1:-1].decode() for token in query.tokens if token.kind == "string"]
        entries = [self._entries[name] for name in names if name in self._entries]
        return {entry.query_id: entry.handle for entry in entries if entry.handle is not None}


def renamed(query: Query, ids: dict[str, str]) -> str:
    """The statement with the engine's query ids in place of the clients'."""
    sql, at, parts = query.sql.encode(), 0, []
    for token in query.tokens:
        new = ids.get(token.text[1:-1].decode()) if token.kind == "string" else None
        if new is not None:
            parts += [sql[at : token.start], f"'{new}'".encode()]
            at = token.end
    return b"".join([*parts, sql[at:]]).decode()
