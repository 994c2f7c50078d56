from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from queries.tokens import Tokens, TokensUnusable


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
    with pytest.raises(TokensUnusable, match=r"tokens\.json is damaged: Invalid JSON"):
        Tokens(file).all()


def test_a_file_that_cannot_be_read_or_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "tokens.json").mkdir()
    tokens = Tokens(tmp_path / "tokens.json")
    for use in (tokens.all, lambda: tokens.create("1")):
        with pytest.raises(TokensUnusable, match=r"tokens\.json: Is a directory"):
            use()
    (tmp_path / "file").touch()
    with pytest.raises(TokensUnusable, match=r"Not a directory|File exists"):
        Tokens(tmp_path / "file" / "tokens.json").create("1")


@pytest.mark.parametrize(
    ("workspace", "note"), [("", ""), (" ", ""), ("1\n2", ""), ("1", "\x1b[2J"), ("1\u2028", "")]
)
def test_a_token_names_one_workspace_on_one_line(file: Path, workspace: str, note: str) -> None:
    with pytest.raises(TokensUnusable):
        Tokens(file).create(workspace, note)
    assert not file.exists()


def test_no_change_is_lost_among_many_at_once(file: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        texts = list(threads.map(lambda n: Tokens(file).create(str(n)), range(40)))
    tokens = Tokens(file)
    assert {token.workspace for token in map(tokens.find, texts) if token} == set(
        map(str, range(40))
    )


def test_revoking_the_last_one_leaves_it_configured(file: Path) -> None:
    tokens = Tokens(file)
    assert not tokens.configured
    found = tokens.find(tokens.create("1"))
    assert found is not None
    assert tokens.revoke(found.id)
    assert tokens.all() == []
    assert tokens.configured
