"""What is refused before the engine sees it."""

from __future__ import annotations

import pytest

from deploy.local.clickhouse.refusals import refusal
from deploy.local.clickhouse.statement import parse


@pytest.mark.parametrize(
    ("sql", "advice"),
    [
        ("CREATE USER a", "users file"),
        ("DROP ROW POLICY p ON t", "users file"),
        ("CREATE SETTINGS PROFILE p", "users file"),
        ("GRANT SELECT ON t TO a", "users file"),
        ("EXECUTE AS a SELECT 1", "users file"),
        ("CREATE TABLE t (a Int8) ENGINE=Kafka SETTINGS x = 1", "consumer"),
        ("CREATE TABLE t (a Int8) ENGINE /* x */ kafka()", "consumer"),
        ("ATTACH TABLE t (a Int8) ENGINE = Kafka", "consumer"),
        ("CREATE DATABASE d ENGINE = Replicated('/a', 'b')", "without Replicated"),
        ("CREATE TABLE t (a Int8) ENGINE = KeeperMap('/t')", "EmbeddedRocksDB"),
        ("SELECT 1 INTO OUTFILE 'x'", "client"),
        ("INSERT INTO t FROM INFILE 'x'", "as the body"),
        ("INSERT INTO t SELECT a FROM input('a Int8') FORMAT CSV\n1", "temporary table"),
        ("WITH 1 AS x INSERT INTO t SELECT a FROM (SELECT * FROM input('a Int8'))", "temporary"),
    ],
)
def test_with_advice(sql: str, advice: str) -> None:
    problem = refusal(parse(sql.encode()))
    assert problem is not None
    assert advice in problem.text
    assert problem.status == 501


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE user (role String) ENGINE = MergeTree ORDER BY role",
        "CREATE TABLE t (engine String DEFAULT 'Kafka') ENGINE = Log",
        "CREATE TABLE t (a Int8 COMMENT 'ENGINE = Kafka') ENGINE = Log",
        "SELECT 'INTO OUTFILE'",
        "DROP TABLE policy",
        "INSERT INTO t SELECT input(a) FROM input",
        "SELECT a FROM infile",
    ],
)
def test_not_what_only_looks_like_it(sql: str) -> None:
    assert refusal(parse(sql.encode())) is None
