from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel

from queries.records import LARGEST, Records, RecordsUnusable


class Thing(BaseModel):
    """A record."""

    name: str


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "things.json"


def add(records: Records[Thing], name: str) -> None:
    records.change(lambda kept: [*kept, Thing(name=name)])


def test_changes_are_seen_at_once_wherever_they_were_made(file: Path) -> None:
    here, there = Records(file, Thing), Records(file, Thing)
    assert here.all() is None
    assert not here.begun
    for count in range(1, 4):
        add(there, "x")
        assert len(here.all() or []) == count
    there.change(lambda _: [])
    assert here.all() == []


def test_it_is_its_owners_alone(file: Path) -> None:
    before = os.umask(0)
    try:
        add(Records(file, Thing), "x")
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()} == {0o600}


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def circle(path: Path) -> None:
    path.symlink_to(path)


def text(path: Path) -> None:
    path.write_text("[{]")


def nested(path: Path) -> None:
    path.write_text("[" * 1_000_000)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("put", "said"),
    [
        (os.mkfifo, "is no regular file"),
        (Path.mkdir, "is no regular file"),
        (device, "is no regular file"),
        (sparse, f"is larger than {LARGEST >> 20} MiB"),
        (circle, "symbolic links"),
        (text, "is damaged: Invalid JSON"),
        (nested, "is damaged: Invalid JSON"),
    ],
)
def test_what_is_no_list_neither_hangs_nor_passes_for_an_empty_one(
    file: Path, put: Callable[[Path], None], said: str
) -> None:
    seen = Records(file, Thing)
    add(seen, "x")
    file.unlink()
    put(file)
    for records in (seen, Records(file, Thing)):
        assert records.begun
        with pytest.raises(RecordsUnusable, match=said):
            records.all()
        with pytest.raises(RecordsUnusable, match=said):
            add(records, "y")


def test_a_place_that_cannot_be_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RecordsUnusable, match=r"Not a directory|File exists"):
        add(Records(tmp_path / "file" / "things.json", Thing), "x")


def test_it_grows_no_larger_than_it_is_read(file: Path) -> None:
    records = Records(file, Thing)
    add(records, "x")
    with pytest.raises(RecordsUnusable, match="is full"):
        add(records, "y" * LARGEST)
    assert records.all() == [Thing(name="x")]
