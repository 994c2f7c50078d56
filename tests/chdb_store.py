"""ClickHouse's engine inside the test process: the query layer's SQL without any socket."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import chdb

from sink.migrate import migrations
from sink.statements import split


class ChdbStore:
    """A `queries.store.Store` over chDB in a directory of its own."""

    def __init__(self, path: str) -> None:
        self._connection = chdb.connect(path)
        self._connection.query("CREATE DATABASE baton ENGINE = Atomic")
        self._connection.query("USE baton")
        for migration in migrations():
            for sql in split(migration.sql):
                self._connection.query(sql)

    def rows(self, query: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        text = self.raw(query, parameters, "JSONEachRow").decode()
        return [json.loads(line) for line in text.splitlines()]

    def raw(self, query: str, parameters: Mapping[str, Any], fmt: str) -> bytes:
        bound = {name: _literal(value) for name, value in parameters.items()}
        return bytes(self._connection.query(query, fmt, params=bound).bytes())

    def insert(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Rows of `assignment-log`, as the sink would write them."""
        lines = "\n".join(json.dumps(row) for row in rows)
        self._connection.query(
            "INSERT INTO assignment_landing SETTINGS date_time_input_format = 'best_effort', "
            f"input_format_null_as_default = 1 FORMAT JSONEachRow {lines}"
        )

    def run(self, sql: str) -> None:
        """A statement of the test's own."""
        self._connection.query(sql)

    def close(self) -> None:
        self._connection.close()


def _literal(value: Any) -> str:
    """As the HTTP interface takes parameters: tab-escaped outside, quoted inside arrays."""
    if isinstance(value, list):
        inside = ",".join(
            item if isinstance(item, str) else str(item) for item in map(_item, value)
        )
        return f"[{inside}]"
    if isinstance(value, bool):
        return str(int(value))
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def _item(value: Any) -> Any:
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return value
