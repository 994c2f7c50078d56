"""A file of SQL falls apart where ClickHouse would cut it, and nowhere else."""

from __future__ import annotations

import pytest

from sink.statements import split


@pytest.mark.parametrize(
    ("sql", "statements"),
    [
        ("", []),
        (";;", []),
        ("-- only a comment;\n/* and ; another */", []),
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1;\nSELECT 2;\n", ["SELECT 1", "SELECT 2"]),
        ("-- why\nSELECT 1; -- after", ["-- why\nSELECT 1"]),
        ("SELECT 1 -- a; b\n;SELECT 2", ["SELECT 1 -- a; b", "SELECT 2"]),
        ("SELECT /* ; */ 1; SELECT 2", ["SELECT /* ; */ 1", "SELECT 2"]),
        ("SELECT ';'; SELECT 2", ["SELECT ';'", "SELECT 2"]),
        (r"SELECT 'it\';s'; SELECT 2", [r"SELECT 'it\';s'", "SELECT 2"]),
        ("SELECT 'it'';s'; SELECT 2", ["SELECT 'it'';s'", "SELECT 2"]),
        ("SELECT '--'; SELECT 2", ["SELECT '--'", "SELECT 2"]),
        ('SELECT 1 AS "a;b"; SELECT 2', ['SELECT 1 AS "a;b"', "SELECT 2"]),
        ("SELECT 1 AS `a;b`; SELECT 2", ["SELECT 1 AS `a;b`", "SELECT 2"]),
        ("SELECT $x$ ; ' $x$; SELECT 2", ["SELECT $x$ ; ' $x$", "SELECT 2"]),
        ("SELECT 4-3/2; SELECT 2", ["SELECT 4-3/2", "SELECT 2"]),
    ],
)
def test_split(sql: str, statements: list[str]) -> None:
    assert split(sql) == statements
