"""`baton migrate` on the real engine: all up, again, and what ends up there is what is declared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from click.testing import CliRunner

from deploy.borrowed import with_database
from sink.clickhouse import connect, create_database, quoted, settings_from_url
from sink.commands import migrate as command
from sink.migrate import Migration, MigrationRefused, migrate, migrations
from sink.statements import split

pytestmark = pytest.mark.server

_TABLE = re.compile(r"CREATE TABLE IF NOT EXISTS (\w+)\s*\(\n(.*?)\n\)\n", re.DOTALL)
_COLUMN = re.compile(
    r"    (\w+) (.+?)(?: (?:DEFAULT|MATERIALIZED) .+?)? COMMENT '((?:[^']|'')*)'(?: CODEC\(.*\))?,?"
)


@pytest.fixture
def empty(clickhouse: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Name of a database that is not there yet; CLICKHOUSE_URL names it."""
    name = f"t{uuid4().hex[:12]} new"
    monkeypatch.setenv("CLICKHOUSE_URL", with_database(clickhouse, name.replace(" ", "%20")))
    yield name
    with connect() as client:
        client.command(f"DROP DATABASE {quoted(name)}")


def test_the_command_makes_database_and_tables_and_can_be_repeated(empty: str) -> None:
    first, second = (CliRunner().invoke(command) for _ in range(2))
    assert (first.exit_code, second.exit_code) == (0, 0), first.output + second.output
    assert all(f"applied {migration.name}\n" in first.output for migration in migrations())
    assert "applied 0" not in second.output
    assert settings_from_url().password not in first.output


def test_the_first_tables_need_no_kafka(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS")
    done = CliRunner().invoke(command)
    assert (done.exit_code, done.output.count("applied 0")) == (0, len(migrations())), done.output


def test_what_is_there_is_what_is_declared(database: str) -> None:
    """Read from the files by a pattern of this test's own, not by the engine."""
    declared = {}
    for statement in (s for migration in migrations() for s in split(migration.sql)):
        if table := _TABLE.search(statement):
            lines = [line for line in table[2].splitlines() if not line.startswith("    INDEX")]
            columns = [_COLUMN.fullmatch(line) for line in lines]
            assert all(columns), lines
            declared[table[1]] = [column.groups() for column in columns if column]
    assert {"assignment_log", "source_counts", "people"} <= set(declared)
    with connect() as client:
        for table_name, columns in declared.items():
            live = client.query(
                "SELECT name, type, comment FROM system.columns "
                "WHERE database = currentDatabase() AND table = {table:String} ORDER BY position",
                parameters={"table": table_name},
            ).result_rows
            assert [tuple(row) for row in live] == [
                (name, kind, comment.replace("''", "'")) for name, kind, comment in columns
            ]


def test_every_column_of_a_table_or_view_has_a_comment(database: str) -> None:
    with connect() as client:
        bare = client.query(
            "SELECT table, name FROM system.columns WHERE database = currentDatabase() "
            "AND comment = '' AND NOT endsWith(table, '_mv')"
        ).result_rows
    assert bare == []


def test_a_file_that_was_changed_after_it_was_applied_is_refused(database: str) -> None:
    first = migrations()[0]
    changed = Migration(first.number, first.name, first.sql + "\n-- changed")
    with connect() as client, pytest.raises(MigrationRefused, match="was changed"):
        list(migrate(client, [changed, *migrations()[1:]]))


def test_what_a_version_before_1_0_made_is_refused_and_left_as_it_is(empty: str) -> None:
    create_database(settings_from_url())
    with connect() as client:
        client.command(
            "CREATE TABLE schema_migrations (number UInt16, name String, checksum FixedString(64),"
            " applied_at DateTime64(3, 'UTC') DEFAULT now64(3))"
            " ENGINE = ReplacingMergeTree ORDER BY number"
        )
        client.command(
            "INSERT INTO schema_migrations (number, name, checksum)"
            " VALUES (1, '0001_assignments.sql', repeat('0', 64))"
        )
        done = CliRunner().invoke(command)
        assert done.exit_code == 1
        assert "made by a Baton before 1.0" in done.output
        assert "baton replay rebuild --execute" in done.output
        assert client.query("SHOW TABLES").result_rows == [("schema_migrations",)]


def test_a_newer_schema_is_refused_by_the_version_that_made_it(database: str) -> None:
    with connect() as client:
        client.insert(
            "schema_migrations",
            [[99, "0099_later.sql", "0" * 64, "9.8.7"]],
            column_names=["number", "name", "checksum", "applied_by"],
        )
        with pytest.raises(MigrationRefused, match=r"0099 was applied by Baton 9\.8\.7"):
            list(migrate(client, migrations()))


def test_a_run_that_was_cut_short_is_completed(empty: str) -> None:
    """Its statements are there in part, and not recorded."""
    create_database(settings_from_url())
    with connect() as client:
        client.command(migrations()[1].changes[0].sql)
        assert list(migrate(client, migrations())) == migrations()
        assert list(migrate(client, migrations())) == []


NAMES = {
    "ÉCOLE": "ecole",
    "İstanbul": "istanbul",
    "Łukasz Øster Đức": "lukasz oster duc",
    "O’Brien O‘Brien O`Brien OʼBrien O'Brien": "o'brien o'brien o'brien o'brien o'brien",
    "ΣΊΣΥΦΟΣ": "σισυφοσ",
    "Ёлка Йод": "елка иод",
    "Weiß WEIẞ WEISS": "weiss weiss weiss",
    "Æsop œuvre Œ": "aesop oeuvre oe",
    "ＦＵＬＬ ﬁn": "full fin",
    "מֹשֶׁה": "משה",
    "محمّد": "محمد",
    "김철수": "김철수",
    "がぎ": "がぎ",
    "नमस्ते": "नमस्ते",
}


@pytest.mark.parametrize("name", NAMES)
def test_names_are_made_comparable(
    clickhouse: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sink.names import searchable

    monkeypatch.setenv("CLICKHOUSE_URL", with_database(clickhouse, "default"))
    with connect() as client:
        sql = f"SELECT {searchable('{name:String}')}"
        assert client.query(sql, parameters={"name": name}).first_row == (NAMES[name],)
