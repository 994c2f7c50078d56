from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from queries.file_lock import held


def test_one_at_a_time_holds_a_file(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with held(path), pytest.raises(BlockingIOError):
        held(path)
    held(path).close()


def test_what_is_in_it_stays(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_bytes(b"mine")
    with held(path) as file:
        assert file.read() == b"mine"


def test_a_file_that_was_renamed_or_gone_meanwhile_is_not_the_one_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lock"
    lock, happens = fcntl.flock, [path.unlink, lambda: path.rename(tmp_path / "other")]

    def late(file: int, how: int) -> None:
        if happens:
            happens.pop()()
        lock(file, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with held(path) as file:
        file.write(b"x")
    assert path.read_bytes() == b"x"
    assert (tmp_path / "other").read_bytes() == b""
    assert happens == []


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "other")
    with pytest.raises(OSError, match="symbolic link"):
        held(tmp_path / "lock")
    assert not (tmp_path / "other").exists()
