from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from queries.api.shelf import Shelf

# A server that is killed with an export on its shelf, once it is told to.
KILLED = """
import os, sys
from pathlib import Path
from queries.api.shelf import Shelf
shelf = Shelf(Path(sys.argv[1]))
place = shelf.place("job")
(place / "out.csv").write_text("rows")
print(place, flush=True)
sys.stdin.read()
os._exit(9)
"""


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file() and path.suffix != ".lock"]


def test_another_server_leaves_what_one_that_runs_has(tmp_path: Path) -> None:
    root = tmp_path / "exports"
    first = Shelf(root)
    (first.place("one") / "out.csv").write_text("rows")
    second = Shelf(root)
    (second.place("two") / "out.csv").write_text("more")
    assert sorted(path.read_text() for path in files(root)) == ["more", "rows"]
    second.close()
    assert [path.read_text() for path in files(root)] == ["rows"]
    (first.place("three") / "out.csv").write_text("again")
    first.close()
    assert list(root.iterdir()) == []


def test_what_a_killed_server_left_goes_when_the_next_begins(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as one:
        assert one.stdin is not None
        assert one.stdout is not None
        place = Path(one.stdout.readline().strip())
        Shelf(tmp_path)
        assert files(tmp_path) == [place / "out.csv"]
        one.stdin.close()
    assert one.returncode == 9
    assert files(tmp_path) == [place / "out.csv"]
    Shelf(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_has_no_lock_has_no_owner(tmp_path: Path) -> None:
    (tmp_path / "0123abcd").mkdir()
    (tmp_path / "0123abcd" / "assignments.csv").write_text("rows")
    (tmp_path / "4567ef.lock").touch()
    Shelf(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_its_directories_are_their_owners_alone(tmp_path: Path) -> None:
    root = tmp_path / "exports"
    shelf = Shelf(root)
    assert not root.exists()
    place = shelf.place("one")
    assert {path.stat().st_mode & 0o777 for path in (root, place.parent, place)} == {0o700}
    shelf.close()
