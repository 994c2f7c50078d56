"""The directory of a local stack."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local.home import Home, StackError


def test_it_is_baton_home_or_below_the_current_directory() -> None:
    assert Home.from_environment({"BATON_HOME": "/data"}).path == Path("/data")
    assert Home.from_environment({"BATON_HOME": ""}).path == Path.cwd() / ".baton"
    assert Home.from_environment({}).path == Path.cwd() / ".baton"


def test_only_its_owner_can_look_inside(tmp_path: Path) -> None:
    home = Home(tmp_path / "baton")
    home.create()
    assert home.path.stat().st_mode & 0o077 == 0


def test_there_is_one_demo_at_a_time(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with (
        home.held("demo"),
        pytest.raises(StackError, match="A demo runs"),
        home.held("demo"),
    ):
        pass
    with home.held("demo"):
        pass
