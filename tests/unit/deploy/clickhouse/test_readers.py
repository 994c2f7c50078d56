"""Readers are added to the users file and taken out of it; all else in it stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local.clickhouse import readers, users


def test_a_reader_is_added_and_removed(tmp_path: Path) -> None:
    path = tmp_path / "users.toml"
    users.ensure(path)
    before = path.read_text()
    password = readers.add(path, "acme", {"workspace_id": ["1", "2"]})
    assert password not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0
    acme = users.load(path).authenticate("acme", password)
    assert acme.rows == {"workspace_id": ("1", "2")}
    assert acme.reads_only
    other = readers.add(path, "other", {"workspace_id": ["3"]})
    readers.remove(path, "acme")
    assert users.load(path).authenticate("other", other)
    readers.remove(path, "other")
    assert path.read_text().split() == before.split()


@pytest.mark.parametrize("name", ["bi", "baton", "default", "baton_admin", "a b", "a]", "é", ""])
def test_a_name_that_is_none_or_taken_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "users.toml"
    users.ensure(path)
    before = path.read_text()
    with pytest.raises(readers.Refused):
        readers.add(path, name, {"workspace_id": ["1"]})
    assert path.read_text() == before


@pytest.mark.parametrize("name", ["baton", "nobody"])
def test_who_is_no_reader_is_not_removed(tmp_path: Path, name: str) -> None:
    path = tmp_path / "users.toml"
    users.ensure(path)
    with pytest.raises(readers.Refused, match=name):
        readers.remove(path, name)
    assert set(users.passwords(path)) == {"baton", "bi"}


def test_what_is_written_in_another_way_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "users.toml"
    text = '[users]\nbaton = {password = "a"}\nbi = {password = "b", read = ["a.b"]}\n'
    path.write_text(text)
    with pytest.raises(readers.Refused, match=r"edit .*users\.toml"):
        readers.remove(path, "bi")
    assert path.read_text() == text
