"""The history of migrations: order, names, and what makes it refuse."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from sink.commands import migrate as command
from sink.migrate import Migration, MigrationRefused, checked, migrations, pending
from sink.names import searchable

ONE = Migration(1, "0001_one.sql", "SELECT 1")
TWO = Migration(2, "0002_two.sql", "SELECT 2")
THREE = Migration(3, "0003_three.sql", "SELECT 3")


def test_the_files_are_numbered_without_a_gap() -> None:
    assert [migration.number for migration in migrations()][:2] == [1, 2]


def test_everything_is_pending_in_a_new_database() -> None:
    assert pending([ONE, TWO], {}) == [ONE, TWO]


def test_what_is_applied_is_not_run_again() -> None:
    assert pending([ONE, TWO], {1: ONE.checksum}) == [TWO]
    assert pending([ONE, TWO], {1: ONE.checksum, 2: TWO.checksum}) == []


@pytest.mark.parametrize(
    ("applied", "message"),
    [
        ({1: "0" * 64}, "0001_one.sql was changed"),
        ({1: ONE.checksum, 2: TWO.checksum, 3: THREE.checksum, 4: "0" * 64}, "0004 was applied"),
        ({1: ONE.checksum, 3: THREE.checksum}, "0002_two.sql was never applied"),
    ],
)
def test_a_history_that_does_not_fit_is_refused(applied: dict[int, str], message: str) -> None:
    with pytest.raises(MigrationRefused, match=message):
        pending([ONE, TWO, THREE], applied)


@pytest.mark.parametrize("numbers", [[2], [1, 3], [1, 1]])
def test_numbers_leave_no_gap_and_come_once(numbers: list[int]) -> None:
    with pytest.raises(MigrationRefused):
        checked(Migration(number, f"{number:04}_x.sql", "") for number in numbers)


def test_show_prints_all_sql_and_runs_nothing() -> None:
    shown = CliRunner().invoke(command, ["--show"])
    assert shown.exit_code == 0
    assert all(migration.sql in shown.output for migration in migrations())


def test_the_list_of_people_holds_names_in_the_form_that_needles_are_brought_to() -> None:
    filling = [one.sql for one in migrations() if " AS folded" in one.sql]
    assert filling[-1].count(f"{searchable('name')} AS folded") == 2
