"""What a reader gets nowhere with: statements made from the engine's own lists.

Every table function, function, format, setting and system table there is, in several spellings; so
that an upgrade which brings another one is tried with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local.clickhouse.judged import CLOSED, OPEN, READABLE, TO_JUDGE
from tests.integration.clickhouse.local_server import LocalServer
from tests.security.readers import HIDDEN, Host, Reader

pytestmark = [pytest.mark.server, pytest.mark.timeout(900)]
FILE = "canary-93d1f0"
# What differs from one statement to the next is not what they are about.
_CHANGES = {"processes", "engine_query_log", "query_log", "user_query_log", "user_processes"}
SPELLINGS: dict[str, Callable[[str, str], str]] = {
    "plain": lambda name, rest: f"SELECT * FROM {name}{rest}",
    "upper": lambda name, rest: f"SELECT * FROM {name.upper()}{rest}",
    "quoted": lambda name, rest: f"SELECT * FROM `{name}`{rest}",
    "double": lambda name, rest: f'SELECT * FROM "{name}"{rest}',
    "curly": lambda name, rest: f"SELECT * FROM “{name}”{rest}",
    "commented": lambda name, rest: f"SELECT * /* /* */ */ FROM/**/{name} -- '\n{rest}",
    "nested": lambda name, rest: f"SELECT * FROM (SELECT * FROM view(SELECT * FROM {name}{rest}))",
    "described": lambda name, rest: f"DESCRIBE TABLE {name}{rest}",
}


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("canary") / "file.txt"
    path.write_text(f"{FILE}\n")
    return path


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with (there := Host()).listener:
        yield there


def names(server: LocalServer, sql: str) -> list[str]:
    return server.ask(sql).splitlines()


def closed(answer: str, statement: str) -> None:
    assert FILE not in answer, statement
    assert HIDDEN not in answer, statement


def places(canary: Path, host: Host) -> list[str]:
    """Arguments that name a file, a table that is hidden, or a host."""
    url = f"http://127.0.0.1:{host.port}/x"
    return [
        f"('{canary}')",
        f"('{canary}', 'LineAsString', 'line String')",
        f"('{canary.parent}')",
        "('baton', 'secrets')",
        "(baton.secrets)",
        "(currentDatabase(), '^.*$')",
        f"('{url}', 'LineAsString', 'line String')",
        f"('127.0.0.1:{host.port}', 'baton', 'secrets')",
        f"('127.0.0.1:{host.port}', 'baton', 'secrets', 'u', 'p')",
        f"(LineAsString, '{canary}')",
        "('SELECT name FROM baton.secrets')",
        "(SELECT name FROM baton.secrets)",
    ]


def test_no_table_function_leads_anywhere(
    shared: LocalServer, bi: Reader, canary: Path, host: Host
) -> None:
    functions = names(shared, "SELECT name FROM system.table_functions")
    assert len(functions) > 80
    endless = {"zeros", "numbers", "generateRandom", "loop", "primes", "fuzz"}
    for function in functions:
        if function.startswith(tuple(endless)):
            continue
        for arguments in places(canary, host):
            for spell in SPELLINGS.values():
                statement = spell(function, arguments)
                closed(bi.answer(statement), statement)
    assert host.heard == 0


def test_no_function_reads_a_file(
    shared: LocalServer, bi: Reader, canary: Path, host: Host
) -> None:
    functions = names(
        shared,
        "SELECT name FROM system.functions WHERE name NOT LIKE '%leep%' AND NOT is_aggregate",
    )
    assert len(functions) > 1000
    for function in functions:
        for arguments in (f"'{canary}'", f"'http://127.0.0.1:{host.port}/'"):
            for called in (f"`{function}`({arguments})", f"“{function}”({arguments}, 'x')"):
                answer = bi.answer(f"SELECT toString({called}) AS read")
                closed(answer, called)
    assert host.heard == 0


def test_no_format_reads_or_writes_a_file(shared: LocalServer, bi: Reader, canary: Path) -> None:
    formats = names(shared, "SELECT name FROM system.formats")
    assert len(formats) > 80
    written = canary.parent / "written"
    for form in formats:
        for setting in sorted(CLOSED):
            for value in (str(canary), f"{canary}:Message", str(written)):
                if "format" not in setting and "file" not in setting:
                    continue
                statement = f"SELECT 1 AS a SETTINGS {setting} = '{value}' FORMAT {form}"
                response = bi.client.post("/", content=statement.encode())
                assert response.status_code != 200, statement
                closed(response.text, statement)
        for statement in (
            f"SELECT * FROM format({form}, '{canary}')",
            f"SELECT 1 INTO OUTFILE '{written}' FORMAT {form}",
            f"INSERT INTO baton.shown FROM INFILE '{canary}' FORMAT {form}",
        ):
            closed(bi.answer(statement), statement)
    assert not written.exists()


def test_every_setting_that_names_a_place_was_judged(shared: LocalServer) -> None:
    there = set(names(shared, TO_JUDGE))
    assert there - CLOSED - OPEN == set(), "judge them in deploy/local/clickhouse/judged.py"
    assert (CLOSED | OPEN) - there == {"allow_experimental_ai_functions"}, "these are no more"
    assert not CLOSED & OPEN


@pytest.mark.parametrize("name", sorted(CLOSED))
def test_a_closed_setting_cannot_be_set(bi: Reader, name: str, canary: Path) -> None:
    shown = f"SELECT getSetting('{name}')"

    def answer(sql: str, **given: str) -> str:
        # Each handle carries its number in a setting of the front's own.
        return re.sub(r"^bi/\d+$", "bi/N", bi.answer(sql, **given).strip())

    was = answer(shown)
    for value in (str(canary), "1", "0"):
        for spelling in (name, f"`{name}`", f"“{name}”", f"/**/{name}/**/"):
            for statement in (
                f"{shown} SETTINGS {spelling} = '{value}'",
                f"SELECT * FROM ({shown} SETTINGS {spelling} = '{value}')",
            ):
                found = answer(statement)
                assert found == was or "Code: " in found, statement
            bi.answer(f"SET {spelling} = '{value}'", session_id=f"of-{name}")
            assert answer(shown, session_id=f"of-{name}") == was
        found = answer(shown, **{name: value})
        assert found == was or "Code: " in found


@pytest.mark.parametrize("name", ["profile", "`profile`", "“profile”", '"profile"', "/**/profile"])
@pytest.mark.parametrize("profile", ["default", "acme", "readonly"])
def test_a_reader_keeps_its_profile(bi: Reader, name: str, profile: str) -> None:
    for value in (f"'{profile}'", "DEFAULT"):
        bi.answer(f"SET {name} = {value}", session_id="profile")
        bi.answer(f"SET http_max_uri_size = DEFAULT, {name} = {value}", session_id="profile")
        bi.answer(f"SELECT 1 SETTINGS {name} = {value}", session_id="profile")
    asked = "SELECT currentProfiles(), currentRoles()"
    assert "default" not in bi.answer(asked, session_id="profile")
    refused = "SELECT 1 SETTINGS format_template_row = '/etc/passwd'"
    assert "Code: 452" in bi.answer(refused, session_id="profile")
    assert "Code: 4" in bi.answer("SELECT * FROM baton.secrets", session_id="profile")


def test_system_tables_show_a_reader_nothing_of_others(shared: LocalServer, bi: Reader) -> None:
    shared.ask(f"SELECT throwIf(name = '{HIDDEN}', 'thrown') FROM baton.secrets LIMIT 0")
    shared.send(f"SELECT throwIf(1, '{HIDDEN}')")
    shared.ask("SYSTEM FLUSH LOGS")
    tables = names(shared, "SELECT name FROM system.tables WHERE database = 'system'")
    assert len(tables) > 100
    for table in tables:
        for spell in list(SPELLINGS.values())[2:6]:
            statement = spell(f"system.{table}" if spell is SPELLINGS["commented"] else table, "")
            answer = bi.answer(f"{statement} LIMIT 100000", database="system")
            closed(answer, statement)
            if table not in READABLE | _CHANGES and "Code: " not in answer:
                assert answer == "", f"{statement} shows {answer[:200]}"
    assert bi.rows("SELECT count() FROM system.errors") == ["0"]
    assert "closed on this server" in bi.answer("SELECT getServerSetting('users_config')")


def test_of_statements_a_reader_sees_its_own(shared: LocalServer, bi: Reader) -> None:
    shared.ask("SELECT 'of the administrator'")
    with shared.client("acme") as client:
        client.post("/", content=b"SELECT 'of acme'")
    assert bi.rows("SELECT 'of bi'") == ["of bi"]
    shared.ask("SYSTEM FLUSH LOGS")
    seen = "\n".join(bi.rows("SELECT query FROM system.query_log"))
    assert "of bi" in seen
    assert "of acme" not in seen
    assert "of the administrator" not in seen
    assert bi.rows("SELECT count() FROM system.processes") == ["1"]
