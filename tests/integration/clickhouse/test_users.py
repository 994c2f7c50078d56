"""The BI user: sees what it is meant to see, within its limits, and nothing else."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from deploy.local.clickhouse import users
from tests.integration.clickhouse import local_server
from tests.integration.clickhouse.local_server import LocalServer

pytestmark = pytest.mark.server


def test_it_reads_its_views(server: LocalServer) -> None:
    assert server.ask("SELECT name FROM baton.shown_people ORDER BY id", "bi") == "Ada\nGrace"
    assert server.ask("SELECT name FROM shown_people WHERE id = 1", "bi", database="baton") == "Ada"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM baton.hidden",
        "SELECT * FROM `baton`.`hidden`",
        "WITH x AS (SELECT * FROM baton.hidden) SELECT * FROM x",
        "SELECT 1 FROM baton.shown_people WHERE id IN baton.hidden",
        "SELECT * FROM merge('baton', 'hidden')",
        "SELECT * FROM view(SELECT * FROM baton.hidden)",
        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
        "SELECT * FROM eval('SELECT 1') SETTINGS allow_experimental_eval_table_function = 1",
        "SELECT * FROM python('x')",
        "SELECT * FROM url('http://127.0.0.1:1', 'CSV', 'a String')",
        "SELECT * FROM mergeTreeIndex('baton', 'hidden')",
        "SHOW CREATE TABLE baton.hidden",
        "DESCRIBE baton.hidden",
        "INSERT INTO baton.hidden VALUES (3, 'Eve')",
        "INSERT INTO baton.hidden SELECT 3, 'Eve'",
        "CREATE TABLE baton.mine (a UInt8) ENGINE = Memory",
        "CREATE TEMPORARY TABLE mine (a UInt8)",
        "CREATE VIEW baton.shown_all AS SELECT * FROM baton.hidden",
        "DROP VIEW baton.shown_people",
        "ALTER TABLE baton.hidden DELETE WHERE 1",
        "TRUNCATE TABLE baton.hidden",
        "KILL QUERY WHERE 1",
        "SYSTEM FLUSH LOGS",
        "SET ROLE ALL",
        "SET ROLE baton_admin",
        "SET DEFAULT ROLE baton_admin TO default",
        "EXECUTE AS default SELECT 1",
        "SET readonly = 0",
        "SET profile = 'default'",
        "SET max_memory_usage = DEFAULT",
        "SET max_memory_usage = 0",
        "SELECT 1 SETTINGS max_memory_usage = 2000000000",
        "SELECT 1 SETTINGS max_memory_usage = DEFAULT",
        "SELECT 1 SETTINGS max_execution_time = 21",
        "SELECT 1 SETTINGS readonly = 0",
        "SELECT 1 SETTINGS input_format_record_errors_file_path = '/tmp/errors'",
        "SET dialect = 'kusto'",
        "SELECT 1 INTO OUTFILE '/tmp/out'",
    ],
)
def test_it_does_nothing_else(server: LocalServer, sql: str) -> None:
    assert server.send(sql, "bi").status_code != 200
    assert server.send(sql, "bi", session_id="of-bi").status_code != 200
    assert server.ask("SELECT groupArray(name) FROM baton.hidden") == "['Ada','Grace']"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT file('{path}')",
        "SELECT `file`('{path}')",
        "SELECT \"file\"('{path}')",
        "SELECT “file”('{path}')",
        "SELECT `fi\\x6ce`('{path}')",
        "SELECT `fi\\Nle`('{path}')",
        "SELECT file /* */ ('{path}')",
        "SELECT 1 /* /* */ ' */, file('{path}') --'",
        "SELECT ‘'’, file('{path}'), ‘'’",
        "SELECT 1 // '\n, file('{path}') --'",
        "SELECT 1 AS 0x$$, file('{path}') AS a$$",
        "SELECT * APPLY(file) FROM (SELECT '{path}' AS a)",
        "SELECT * APPLY file FROM (SELECT '{path}' AS a)",
        "SELECT * APPLY(x -> file(x)) FROM (SELECT '{path}' AS a)",
        "SELECT arrayMap(x -> file(x), ['{path}'])",
        "SELECT * FROM view(SELECT file('{path}'))",
        "EXPLAIN SELECT file('{path}')",
        "SELECT * FROM eval('SELECT fi' || 'le(''{path}'')')",
    ],
)
def test_it_reads_no_file_of_the_machine(server: LocalServer, tmp_path: Path, sql: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("open sesame")
    for more in ({}, {"session_id": "of-bi"}, {"allow_experimental_eval_table_function": "1"}):
        answer = server.send(sql.format(path=secret), "bi", **more)
        assert answer.status_code != 200
        assert "open sesame" not in answer.text


@pytest.mark.parametrize("user", ["bi", "baton"])
def test_nobody_speaks_another_language(server: LocalServer, user: str) -> None:
    """Its parser would find other things in a statement than what was looked for."""
    for sql, named in ("SELECT 1", {"dialect": "kusto"}), ("SET dialect = 'kusto'", {}):
        refused = server.send(sql, user, **named)
        assert refused.headers["X-ClickHouse-Exception-Code"] == "452"
    assert server.send("SELECT 1 SETTINGS dialect = 'kusto'", user).status_code != 200
    assert server.ask("SELECT getSetting('dialect')", user) == "clickhouse"


def test_a_parameter_sets_one_setting(server: LocalServer) -> None:
    for name in ("max_threads = 1, readonly", "max_threads=1,max_rows_to_read", "-- ", "a b"):
        refused = server.send("SELECT 1", "bi", **{name: "1"})
        assert refused.headers["X-ClickHouse-Exception-Code"] == "115"


@pytest.mark.parametrize("name", ["max_query_size", "max_parser_depth", "max_ast_elements"])
def test_what_one_request_sets_is_no_concern_of_the_next(server: LocalServer, name: str) -> None:
    server.send("SELECT 1", **{name: "1"})
    assert server.ask("SELECT 1 + 1", max_threads="1") == "2"


def test_it_goes_from_one_database_to_another(server: LocalServer) -> None:
    for database in ("baton", "default", "baton", "default"):
        assert server.ask("SELECT currentDatabase()", "bi", database=database) == database


def test_it_sees_nothing_else(server: LocalServer) -> None:
    assert server.ask("SHOW TABLES FROM baton", "bi") == "shown_people"
    assert server.ask("SHOW DATABASES", "bi") == "baton\ndefault"
    assert server.ask("SHOW TABLES FROM default", "bi") == ""
    columns = "SELECT table, name, comment FROM system.columns WHERE database = 'baton'"
    assert server.ask(columns, "bi") == "shown_people\tid\tNumber\nshown_people\tname"
    server.ask("SELECT 'secret' FROM baton.hidden")
    server.ask("SYSTEM FLUSH LOGS")
    assert server.ask("SELECT count() FROM system.processes", "bi") == "1"
    for log in ("query_log", "engine_query_log"):
        assert server.ask(f"SELECT count() FROM system.{log}", "bi") != "0"
        others = f"SELECT count() FROM system.{log} WHERE query LIKE '%hid' || 'den%'"
        assert server.ask(others) != "0"
        assert server.ask(f"{others} AND query LIKE '%secret%'", "bi") == "0"


def test_limits_hold_and_a_smaller_time_may_be_asked_for(server: LocalServer) -> None:
    limits = "SELECT getSetting('max_execution_time'), getSetting('max_memory_usage')"
    assert server.ask(limits, "bi") == "20\t1000000000"
    assert server.ask(limits, "bi", max_execution_time="5") == "5\t1000000000"
    assert server.ask(limits, "bi") == "20\t1000000000"
    refused = server.send(limits, "bi", max_execution_time="60")
    assert refused.headers["X-ClickHouse-Exception-Code"] == "452"
    slow = server.send("SELECT count() FROM numbers(1e13)", "bi", max_execution_time="1")
    assert slow.headers["X-ClickHouse-Exception-Code"] == "159"
    large = "SELECT length(groupArray(toString(number))) FROM numbers(1e9)"
    assert server.send(large, "bi").headers["X-ClickHouse-Exception-Code"] == "241"


def test_what_the_engine_cannot_do_is_refused_with_advice(server: LocalServer) -> None:
    columns = "(a UInt8) ENGINE"
    for sql, advice in {
        "CREATE USER eve": "users file",
        "GRANT SELECT ON *.* TO bi": "users file",
        "CREATE ROW POLICY p ON baton.hidden USING 1": "users file",
        f"CREATE TABLE k {columns} = Kafka('a', 'b', 'c', 'CSV')": "insert over HTTP",
        f"CREATE TABLE k {columns} = ReplicatedMergeTree('/a', 'b') ORDER BY a": "Replicated",
    }.items():
        refused = server.send(sql)
        assert refused.status_code == 501
        assert advice in refused.text
    assert server.ask("SHOW TABLES FROM default") == ""


def test_the_users_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "users.toml"
    passwords = users.ensure(path)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert users.ensure(path) == passwords
    assert set(passwords) == {"baton", "bi"}


def test_a_hash_instead_of_a_password(tmp_path: Path) -> None:
    digest = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
    text = f'[users.baton]\npassword_sha256 = "{digest}"\n'
    server = local_server.start(tmp_path, text)
    try:
        server.passwords = {"baton": "secret"}
        assert server.ask("SELECT 1") == "1"
        server.passwords = {"baton": digest}
        assert server.send("SELECT 1").status_code == 403
    finally:
        server.stop()
