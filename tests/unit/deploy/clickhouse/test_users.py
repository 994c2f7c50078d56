"""The users file, and what the engine is told of it."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from deploy.local.clickhouse import configuration, users
from deploy.local.clickhouse.errors import ClickHouseError

CATALOG = configuration.Catalog(
    ("one", "errors"),
    {("baton", "v_a"): frozenset({"workspace_id", "x"}), ("baton", "w"): frozenset({"x"})},
)
READER = '[users.bi]\npassword = "b"\nread = ["baton.v_*", "baton.w"]\nlimits = {max_threads = 2}\n'


def _load(path: Path, text: str) -> users.Users:
    (path / "users.toml").write_text(text)
    return users.load(path / "users.toml")


def test_a_new_file_has_two_users(tmp_path: Path) -> None:
    path = tmp_path / "users.toml"
    made = users.ensure(path)
    assert users.ensure(path) == users.passwords(path) == made
    known = users.load(path)
    assert known.authenticate("bi", made["bi"]).reads_only
    assert not known.authenticate("baton", made["baton"]).reads_only
    assert made["bi"] != made["baton"]
    assert path.stat().st_mode & 0o077 == 0


def test_authentication_does_not_tell_what_is_wrong(tmp_path: Path) -> None:
    known = _load(tmp_path, READER)
    texts = set()
    for name, password in (("bi", "x"), ("bi", ""), ("no", "b")):
        with pytest.raises(ClickHouseError) as error:
            known.authenticate(name, password)
        texts.add(error.value.text.replace(name, "?", 1))
    assert len(texts) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[users",
        "[users.a]\n",
        '[users.a]\npassword = "x"\npassword_sha256 = "y"\n',
        '[users.a]\npassword = "x"\nreads = []\n',
        '[users.a]\npassword = "x"\nread = ["t; DROP TABLE t"]\n',
        '[users.a]\npassword = "x"\nread = ["*.*"]\n',
        '[users.a]\npassword = "x"\nlimits = {max_threads = 0}\n',
        '[users."a b"]\npassword = "x"\n',
        '[users.default]\npassword = "x"\n',
        '[users.a]\npassword = "x"\n[users.a.rows]\nw = ["1"]\n',
        '[users.a]\npassword = "x"\nread = ["a.*"]\n[users.a.rows]\n',
        '[users.a]\npassword = "x"\nread = ["a.*"]\n[users.a.rows]\nw = []\n',
        '[users.a]\npassword = "x"\nread = ["a.*"]\n[users.a.rows]\nw = [1]\n',
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match=r"users|\.toml"):
        _load(tmp_path, text)


def test_the_engine_knows_a_reader_as_a_role(tmp_path: Path) -> None:
    known = _load(tmp_path, '[users.root]\npassword = "r"\n' + READER)
    server = ElementTree.parse(configuration.write(tmp_path, known, 1000, CATALOG)).getroot()
    assert server.findtext("max_server_memory_usage") == "1000"
    engine = ElementTree.parse(server.findtext("users_config") or "").getroot()
    grants = [query.text for query in engine.iterfind("roles/bi/grants/query")]
    assert grants[1:] == ["GRANT SELECT ON baton.v_*", "GRANT SELECT ON baton.w"]
    assert engine.findtext("profiles/bi/constraints/max_threads/max") == "2"
    assert engine.find("roles/root") is None
    assert "password" not in (tmp_path / "server.xml").read_text()
    assert READER not in (tmp_path / "users.xml").read_text()


def _engine(path: Path, text: str, catalog: configuration.Catalog | None) -> ElementTree.Element:
    server = configuration.write(path, _load(path, text), 1000, catalog)
    users_config = ElementTree.parse(server).getroot().findtext("users_config")
    return ElementTree.parse(users_config or "").getroot()


def test_who_is_confined_to_rows_has_each_table_with_its_policy_and_no_other(
    tmp_path: Path,
) -> None:
    rows = '[users.bi.rows]\nworkspace_id = ["1", "it\'s <2>"]\n'
    engine = _engine(tmp_path, READER + rows, CATALOG)
    grants = [query.text for query in engine.iterfind("roles/bi/grants/query")]
    assert grants[1:] == ["GRANT SELECT ON `baton`.`v_a`"]
    (policy,) = engine.iterfind("users/default/databases/baton/*")
    filtered = policy.findtext("filter") or ""
    assert policy.tag == "v_a"
    assert filtered.startswith(
        "hasAny(currentRoles(), ['baton_admin']) OR (has(currentRoles(), 'bi')"
    )
    assert "unhex('31'), unhex('69742773203c323e')" in filtered


def test_readers_have_nothing_before_it_is_known_what_there_is(tmp_path: Path) -> None:
    engine = _engine(tmp_path, READER, None)
    assert engine.find("roles/bi") is None
    assert engine.findtext("users/default/grants/query") == "GRANT baton_admin"


def test_a_system_table_that_nobody_judged_is_closed_to_readers(tmp_path: Path) -> None:
    closed = _engine(tmp_path, READER, CATALOG).find("users/default/databases/system")
    assert closed is not None
    assert {table.tag for table in closed} >= {"errors", "processes", "engine_query_log"}
    assert closed.find("one") is None


def test_what_is_written_of_a_reader_is_read_as_it_was(tmp_path: Path) -> None:
    awkward = ["1", 'a"b\\c', "\x00\x7f\n", "\U0001f600", "[users.x]"]
    text = users.entry_text("acme", {"password_sha256": "ab"}, {"workspace_id": awkward})
    (user,) = _load(tmp_path, text)
    assert user.rows == {"workspace_id": tuple(awkward)}
    assert user.read == users.READS
    assert user.limits == users.LIMITS
