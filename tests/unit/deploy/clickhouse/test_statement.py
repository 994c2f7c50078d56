"""Telling an INSERT from the rest, where its rows begin, and what the trailing FORMAT is."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.clickhouse.lexer import tokens
from deploy.local.clickhouse.statement import (
    database_of,
    find_insert,
    is_insert,
    parse,
    settings_of,
)


@pytest.mark.parametrize(
    ("sql", "head", "form", "data"),
    [
        (b"INSERT INTO t FORMAT CSV\n1\n", "INSERT INTO t ", "CSV", b"1\n"),
        (b"insert into t (a) format JSONEachRow {}", "insert into t (a) ", "JSONEachRow", b"{}"),
        (b"INSERT INTO t FORMAT TSV \r\nx", "INSERT INTO t ", "TSV", b"x"),
        (b"INSERT INTO t FORMAT TSV\n\nx", "INSERT INTO t ", "TSV", b"\nx"),
        (b"INSERT INTO t VALUES (1)", "INSERT INTO t ", "Values", b" (1)"),
        (b"/* FORMAT X */ INSERT t -- VALUES\n VALUES(1)", None, "Values", b"(1)"),
        (b"INSERT INTO values VALUES (1)", "INSERT INTO values ", "Values", b" (1)"),
        (b"INSERT INTO t (format, `values`) FORMAT CSV\n", None, "CSV", b""),
        (b"INSERT INTO FUNCTION null('a') FORMAT CSV\n", None, "CSV", b""),
        (b"INSERT INTO t SETTINGS a = 'FORMAT X' FORMAT CSV\n1", None, "CSV", b"1"),
        (b"WITH 1 AS y INSERT INTO t FORMAT CSV\n1", "WITH 1 AS y INSERT INTO t ", "CSV", b"1"),
        (b"INSERT INTO t FORMAT Native\n\xff\x00", "INSERT INTO t ", "Native", b"\xff\x00"),
    ],
)
def test_rows_after_an_insert(sql: bytes, head: str | None, form: str, data: bytes) -> None:
    insert = find_insert(sql)
    assert is_insert(sql)
    assert insert is not None
    assert (insert.format, sql[insert.data_at :]) == (form, data)
    assert head is None or insert.head == head


@pytest.mark.parametrize(
    ("sql", "head", "settings"),
    [
        (
            b"INSERT INTO t (a) SETTINGS x = 1, y = 2 FORMAT CSV\n1",
            "t (a) ",
            "SETTINGS x = 1, y = 2 ",
        ),
        (b"INSERT INTO t SETTINGS x = 1 VALUES (1)", "t ", "SETTINGS x = 1 "),
        (b"INSERT INTO settings (settings) FORMAT CSV\n", "settings (settings) ", ""),
        (b"INSERT INTO d.settings FORMAT CSV\n", "d.settings ", ""),
    ],
)
def test_settings_of_an_insert(sql: bytes, head: str, settings: str) -> None:
    insert = find_insert(sql)
    assert insert is not None
    assert (insert.head, insert.settings) == (f"INSERT INTO {head}", settings)


@pytest.mark.parametrize(
    "sql",
    [
        b"SELECT 1 FORMAT CSV\n1",
        b"INSERT INTO t SELECT 1 FORMAT CSV\n",
        b"INSERT INTO t WITH 1 AS x SELECT x",
        b"INSERT INTO t FORMAT",
        b"INSERT INTO t FORMAT CS",
        b"WITH 13 AS insert SELECT insert FORMAT CSV\n",
        b"",
    ],
)
def test_no_rows_or_not_all_of_the_head_yet(sql: bytes) -> None:
    assert find_insert(sql) is None


@pytest.mark.parametrize(
    ("sql", "before", "form", "after"),
    [
        (b"SELECT 1", "SELECT 1", None, ""),
        (b"SELECT 1;  -- end", "SELECT 1", None, ""),
        (b"SELECT 1 FORMAT JSON;", "SELECT 1 ", "JSON", ""),
        (b"SELECT 1 FORMAT JSON SETTINGS a = 1", "SELECT 1 ", "JSON", " SETTINGS a = 1"),
        (b"SELECT 'FORMAT X' -- FORMAT Y", "SELECT 'FORMAT X'", None, ""),
        (b"SELECT (SELECT 1 FORMAT CSV)", "SELECT (SELECT 1 FORMAT CSV)", None, ""),
        (b"SELECT format FROM t", "SELECT format FROM t", None, ""),
        (b"SELECT x AS format SETTINGS a = 1", "SELECT x AS format SETTINGS a = 1", None, ""),
        (b"SELECT $$ FORMAT X $$ FORMAT CSV", "SELECT $$ FORMAT X $$ ", "CSV", ""),
        (b"SELECT 'it''s \\' FORMAT X' FORMAT CSV", None, "CSV", ""),
    ],
)
def test_the_format_at_the_end(sql: bytes, before: str | None, form: str, after: str) -> None:
    query = parse(sql)
    assert (query.format, query.after) == (form, after)
    assert before is None or query.before == before


def test_settings_of_a_set() -> None:
    query = parse(b"SET a = 1, b = 'x, y = ''2', `c` = true, d = -1.5, e = DEFAULT")
    expected = {"a": "1", "b": "x, y = '2", "c": "1", "d": "-1.5", "e": None}
    assert settings_of(query) == expected


@pytest.mark.parametrize(
    "sql",
    [
        b"SET ROLE x",
        b"SET a = [1]",
        b"SET a = 1 + 1",
        b"SET a = 'x\\n'",
        b"SET a = 1,",
        b"SET",
        b"SET a = 1 b = 2",
        b"SELECT 1",
    ],
)
def test_what_is_no_plain_set(sql: bytes) -> None:
    assert settings_of(parse(sql)) is None


def test_the_database_of_a_plain_use() -> None:
    for sql, name in ((b"USE x", "x"), (b"use `a b`;", "a b"), (b"USE `a\\x41`", None)):
        assert database_of(parse(sql)) == name


def test_bytes_that_are_no_text_come_through() -> None:
    sql = b"SELECT '\xff\xfe'"
    assert parse(sql).sql.encode(errors="surrogateescape") == sql


@given(st.binary(max_size=60))
def test_tokens_and_blanks_are_all_there_is(sql: bytes) -> None:
    found = list(tokens(sql))
    assert all(sql[token.start : token.end] == token.text for token in found)
    assert all(one.end <= two.start for one, two in itertools.pairwise(found))
    parse(sql)
    find_insert(sql)
