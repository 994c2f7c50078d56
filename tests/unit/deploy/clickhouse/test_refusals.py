"""What is refused before the engine sees it."""

from __future__ import annotations

import pytest

from deploy.local.clickhouse.refusals import reader_refusal, refusal
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


@pytest.mark.parametrize(
    ("sql", "reads", "refused"),
    [
        ("SELECT 1", True, False),
        ("USE x", False, False),
        ("SET max_threads = 1", False, False),
        ("SET max_threads = DEFAULT", False, True),
        ("SELECT 1 SETTINGS max_threads = DEFAULT", True, True),
        ("SET profile = 'x'", False, True),
        ("SET max_threads = 1, readonly = 0", False, True),
        ("SET ROLE x", False, True),
        ("SET DEFAULT ROLE x TO y", False, True),
        ("KILL QUERY WHERE 1", False, True),
        ("DROP TABLE t", False, True),
        ("SELECT 'file', profile FROM t WHERE a = 'eval'", True, False),
        ("SELECT file FROM t", True, True),
        ("SELECT File FROM t", True, True),
        ("SELECT `a\\x62` FROM t", True, True),
        ("SELECT '\\x62', $$a\\b$$", True, False),
        ("SELECT a FROM system.settings WHERE profile = 'x'", True, False),
        ("SELECT a FROM (SELECT 1 AS a SETTINGS allow_introspection_functions = 1)", True, True),
    ],
)
def test_readers(sql: str, reads: bool, refused: bool) -> None:
    assert (reader_refusal(parse(sql.encode()), reads) is not None) == refused
