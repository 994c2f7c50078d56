from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from queries.records import RecordsUnusable
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
    with pytest.raises(RecordsUnusable, match=r"tokens\.json is damaged: Invalid JSON"):
        Tokens(file).all()


def test_a_list_that_is_gone_opens_nothing_and_can_be_begun_anew(file: Path) -> None:
    Tokens(file).create("1")
    file.unlink()
    for tokens in (Tokens(file), Tokens(file)):
        assert tokens.configured
        with pytest.raises(RecordsUnusable, match="There is no list of tokens at"):
            tokens.find("")
    text = Tokens(file).create("2")
    assert Tokens(file).find(text) is not None


def test_a_list_that_a_server_has_seen_is_missed_without_its_lock(file: Path) -> None:
    running = Tokens(file)
    running.create("1")
    running.all()
    for path in file.parent.iterdir():
        path.unlink()
    assert running.configured
    with pytest.raises(RecordsUnusable):
        running.all()


def test_a_list_that_was_named_is_looked_for(file: Path) -> None:
    tokens = Tokens.from_environment({"BATON_TOKENS": str(file)})
    assert tokens.configured
    with pytest.raises(RecordsUnusable):
        tokens.all()
    assert not Tokens.from_environment({"BATON_HOME": str(file.parent)}).configured


def test_revoking_what_was_never_made_closes_nothing(file: Path) -> None:
    assert not Tokens(file).revoke("1a2b3c4d")
    assert not Tokens(file).configured


@pytest.mark.parametrize(
    ("workspace", "note"), [("", ""), (" ", ""), ("1\n2", ""), ("1", "\x1b[2J"), ("1\u2028", "")]
)
def test_a_token_names_one_workspace_on_one_line(file: Path, workspace: str, note: str) -> None:
    with pytest.raises(RecordsUnusable):
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
