"""The history of migrations: order, names, and what makes it refuse."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from sink.commands import migrate as command
from sink.migrate import Applied, Migration, MigrationRefused, checked, migrations, pending
from sink.names import searchable


def migration(number: int, name: str, sql: str = "DROP TABLE IF EXISTS t") -> Migration:
    return Migration(number, f"{number:04}_{name}.sql", f"-- Scope: report\n{sql}")


ONE, TWO, THREE = migration(1, "one"), migration(2, "two"), migration(3, "three")
APPLIED = {each.number: Applied(each.checksum, "1.2.3") for each in (ONE, TWO, THREE)}
OTHER = Applied("0" * 64, "9.9.9")


def test_the_files_are_numbered_without_a_gap() -> None:
    found = [migration.number for migration in migrations()]
    assert found == list(range(1, len(found) + 1))


def test_everything_is_pending_in_a_new_database() -> None:
    assert pending([ONE, TWO], {}) == [ONE, TWO]


def test_what_is_applied_is_not_run_again() -> None:
    assert pending([ONE, TWO], {1: APPLIED[1]}) == [TWO]
    assert pending([ONE, TWO], {1: APPLIED[1], 2: APPLIED[2]}) == []


@pytest.mark.parametrize(
    ("applied", "message"),
    [
        ({1: OTHER}, "0001_one.sql was changed"),
        (APPLIED | {4: OTHER}, "0004 was applied by Baton 9.9.9"),
        ({1: APPLIED[1], 3: APPLIED[3]}, "0002_two.sql was never applied"),
    ],
)
def test_a_history_that_does_not_fit_is_refused(applied: dict[int, Applied], message: str) -> None:
    with pytest.raises(MigrationRefused, match=message):
        pending([ONE, TWO, THREE], applied)


@pytest.mark.parametrize("numbers", [[2], [1, 3], [1, 1]])
def test_numbers_leave_no_gap_and_come_once(numbers: list[int]) -> None:
    with pytest.raises(MigrationRefused, match="should be"):
        checked(migration(number, "x") for number in numbers)


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT 1", "first line"),
        ("-- Scope: universe\nDROP TABLE IF EXISTS t", "first line"),
        ("-- Scope: report\n-- and nothing else", "no statement"),
        ("-- Scope: generation\nALTER TABLE IF EXISTS assignment_log ADD COLUMN a Int8", "forms"),
        ("-- Scope: generation\nCREATE OR REPLACE TABLE t (a Int8) ENGINE = Log", "forms"),
        ("-- Scope: generation\nRENAME TABLE a TO b", "forms"),
        ("-- Scope: generation\nalter table t DROP COLUMN a", "forms"),
        ("-- Scope: generation\nINSERT INTO TABLE t SELECT 1", "forms"),
        ("-- Scope: generation\nALTER TABLE other.t DROP COLUMN a", "forms"),
        ("-- Scope: generation\nCREATE OR REPLACE VIEW v AS SELECT 1", "forms"),
        ("-- Scope: report\nCREATE MATERIALIZED VIEW IF NOT EXISTS v TO t AS SELECT 1", "forms"),
        ("-- Scope: generation\nCREATE MATERIALIZED VIEW IF NOT EXISTS v AS SELECT 1", "TO TABLE"),
    ],
)
def test_a_statement_that_does_not_say_where_it_runs_is_refused(sql: str, message: str) -> None:
    with pytest.raises(MigrationRefused, match=f"^0001_x.sql.*{message}"):
        checked([Migration(1, "0001_x.sql", sql)])


def test_show_prints_all_sql_and_runs_nothing() -> None:
    shown = CliRunner().invoke(command, ["--show"])
    assert shown.exit_code == 0
    assert all(migration.sql in shown.output for migration in migrations())


def test_names_are_kept_in_the_form_that_needles_are_brought_to() -> None:
    filling = [one.sql for one in migrations() if " AS folded" in one.sql]
    assert all(f"{searchable('name')} AS folded" in sql for sql in filling)
    assert filling
