"""The users file, and what the engine is told of it."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from deploy.local.clickhouse import configuration, users
from deploy.local.clickhouse.errors import ClickHouseError

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
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match=r"users|\.toml"):
        _load(tmp_path, text)


def test_the_engine_knows_a_reader_as_a_role(tmp_path: Path) -> None:
    known = _load(tmp_path, '[users.root]\npassword = "r"\n' + READER)
    server = ElementTree.parse(configuration.write(tmp_path, known, 1000)).getroot()
    assert server.findtext("max_server_memory_usage") == "1000"
    engine = ElementTree.parse(server.findtext("users_config") or "").getroot()
    grants = [query.text for query in engine.iterfind("roles/bi/grants/query")]
    assert grants[1:] == ["GRANT SELECT ON baton.v_*", "GRANT SELECT ON baton.w"]
    assert engine.findtext("profiles/bi/constraints/max_threads/max") == "2"
    assert engine.find("roles/root") is None
    assert "password" not in (tmp_path / "server.xml").read_text()
    assert READER not in (tmp_path / "users.xml").read_text()
