from __future__ import annotations

import stat
from pathlib import Path

import pytest

from queries.tokens import Tokens


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "tokens.json"


def test_a_token_is_found_by_its_text_alone(file: Path) -> None:
    tokens = Tokens(file)
    first, second = tokens.create("1", "Ann"), tokens.create("2")
    assert first != second
    found = tokens.find(first)
    assert found is not None
    assert (found.workspace, found.note) == ("1", "Ann")
    assert tokens.find(first[:-1]) is None
    assert tokens.find("") is None


def test_the_file_holds_no_token_and_is_its_owners_alone(file: Path) -> None:
    text = Tokens(file).create("1")
    assert text.rpartition("_")[2] not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_revoked_token_stops_at_once_in_a_server_that_runs(file: Path) -> None:
    running, admin = Tokens(file), Tokens(file)
    text = admin.create("1")
    found = running.find(text)
    assert found is not None
    assert admin.revoke(found.id)
    assert running.find(text) is None
    assert not admin.revoke(found.id)


def test_a_damaged_file_opens_nothing(file: Path) -> None:
    Tokens(file).create("1")
    file.write_text("[{]")
    with pytest.raises(ValueError, match="Invalid JSON"):
        Tokens(file).all()
