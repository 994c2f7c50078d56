"""Showing logs."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local.home import Home, StackError
from deploy.local.logs import choose, read_on, show


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.create()
    home.log("kafka").write_text("one\ntwo\n")
    home.log("sink").write_text("three\n")
    return home


def test_one_log_is_shown_as_it_is_and_several_with_their_names(home: Home) -> None:
    told: list[str] = []
    show(home, "kafka", 1, False, told.append)
    show(home, None, 1, False, told.append)
    assert told == ["two", "kafka | two", "sink | three"]


def test_an_unknown_name_is_told_which_there_are(home: Home) -> None:
    with pytest.raises(StackError, match=r"No log of worker\. There is: kafka, sink\."):
        choose(home, "worker")


def test_before_the_first_start_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="Nothing was started"):
        choose(Home(tmp_path), None)


def test_following_shows_whole_lines_only(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("one\ntw")
    assert read_on(path, 0) == (["one"], 4)
    path.write_text("one\ntwo\n")
    assert read_on(path, 4) == (["two"], 8)


def test_following_starts_over_when_a_log_was_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("new\n")
    assert read_on(path, 1000) == (["new"], 4)
