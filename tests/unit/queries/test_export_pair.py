"""No manifest beside another file, whatever fails, is killed or comes together."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack, chdir
from pathlib import Path

import pytest

from queries.export_pair import NotWritten, Pair, manifest_path, replacing

OLD, NEW = b"old\n" * 1000, b"new\n" * 2000


def digest(data: bytes) -> bytes:
    """What the manifests of these tests say."""
    return hashlib.sha256(data).hexdigest().encode()


def write(target: Path, data: bytes) -> None:
    with replacing(target) as pair:
        pair.file.write(data)
        pair.publish(digest(data))


def seen(target: Path) -> tuple[bytes | None, bytes | None]:
    """What a reader finds: the file and its manifest."""
    file, manifest = (
        path.read_bytes() if path.exists() else None for path in (target, manifest_path(target))
    )
    return file, manifest


def pair_of(data: bytes) -> tuple[bytes, bytes]:
    return data, digest(data)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "out.csv"


@pytest.mark.parametrize("before", [True, False])
def test_both_are_there_and_nothing_else(target: Path, before: bool) -> None:
    if before:
        write(target, OLD)
    write(target, NEW)
    assert seen(target) == pair_of(NEW)
    assert len(list(target.parent.iterdir())) == 2


def test_a_shorter_manifest_leaves_nothing_of_a_longer_one_that_was_killed(target: Path) -> None:
    manifest_path(target).with_name(f"{target.name}.manifest.json.part").write_bytes(b"x" * 999)
    write(target, NEW)
    assert seen(target) == pair_of(NEW)


def test_the_older_pair_stays_while_the_new_one_grows(target: Path) -> None:
    write(target, OLD)
    with replacing(target) as pair:
        pair.file.write(NEW)
        pair.file.flush()
        assert seen(target) == pair_of(OLD)
        pair.publish(digest(NEW))
    assert seen(target) == pair_of(NEW)


def test_one_export_at_a_time_writes_a_file(target: Path) -> None:
    with replacing(target) as pair:
        pair.file.write(OLD)
        with pytest.raises(NotWritten, match=r"out\.csv: another export is writing it$"):
            write(target, NEW)
        write(target.with_name("other.csv"), NEW)
        pair.publish(digest(OLD))
        assert seen(target) == pair_of(OLD)
    write(target, NEW)
    assert seen(target) == pair_of(NEW)


def test_nobody_begins_before_the_manifest_is_in_its_place(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quick export that begins between the two renames of a slow one would be mixed with it."""
    settle, tries = Pair._did, []

    def try_another(self: Pair, step: int) -> None:
        settle(self, step)
        if step < 5:
            with pytest.raises(NotWritten, match="another export"):
                write(target, NEW)
            tries.append(step)

    monkeypatch.setattr(Pair, "_did", try_another)
    write(target, OLD)
    assert tries == [3, 4]
    assert seen(target) == pair_of(OLD)


# Runs an export in which something happens at the n-th change of the directory: the process is
# killed, or the disk fails. Prints what is said then, and the number of changes.
SCRIPT = """
import errno, os, sys
from pathlib import Path
from queries.export_pair import NotWritten, replacing
target, data, manifest, what, when = Path(sys.argv[1]), *map(str.encode, sys.argv[2:5]), sys.argv[5]
changes = 0

def hook(event, arguments):
    global changes
    made = event == "open" and arguments[2] & os.O_CREAT
    there = made or event in ("os.rename", "os.remove")
    if not there or Path(arguments[0]).parent != target.parent:
        return
    changes += 1
    if changes == int(when):
        if what == b"kill":
            os._exit(9)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

sys.addaudithook(hook)
try:
    with replacing(target) as pair:
        pair.file.write(data)
        pair.publish(manifest)
except NotWritten as failed:
    print(failed)
print(changes)
"""


def disturbed(target: Path, what: str, when: int) -> list[str]:
    arguments = [str(target), NEW.decode(), digest(NEW).decode(), what, str(when)]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == (9 if what == "kill" and when else 0), done.stderr
    return done.stdout.splitlines()


def changes_of(target: Path) -> int:
    """How often an export over an older one changes the directory."""
    write(target, OLD)
    return int(disturbed(target, "nothing", 0)[0])


def test_an_export_that_is_killed_leaves_no_wrong_pair(target: Path) -> None:
    found = set()
    changes = changes_of(target)
    assert changes > 5
    for when in range(1, changes + 1):
        write(target, OLD)
        disturbed(target, "kill", when)
        found.add(seen(target))
        write(target, OLD)
        assert seen(target) == pair_of(OLD)
        assert len(list(target.parent.iterdir())) == 2
    assert found == {pair_of(OLD), (OLD, None), (NEW, None), pair_of(NEW)}


def test_an_export_whose_disk_fails_says_what_is_there(target: Path) -> None:
    found = set()
    for when in range(1, changes_of(target)):
        write(target, OLD)
        said, _ = disturbed(target, "fail", when)
        found.add(seen(target))
        assert said == f"cannot write {target}: Input/output error; {LEFT[seen(target)]}"
        assert not list(target.parent.glob("*.part"))
    assert found == set(LEFT)


def test_a_manifest_that_a_killed_export_put_aside_never_comes_back(target: Path) -> None:
    changes = changes_of(target)
    for when in range(1, changes + 1):
        write(target, OLD)
        for killed in range(changes, 0, -1):
            if seen(target) == (NEW, None):
                break
            write(target, OLD)
            disturbed(target, "kill", killed)
        disturbed(target, "fail", when)
        assert seen(target) in ((NEW, None), pair_of(NEW))


LEFT = {
    pair_of(OLD): "nothing of it is kept, the older export is as it was",
    (NEW, None): "the new file is in its place and whole, its manifest is missing",
}


def test_where_nothing_was_before_nothing_is_there_after(target: Path) -> None:
    def fails() -> None:
        with replacing(target) as pair:
            pair.file.write(NEW)
            raise OSError(28, os.strerror(28))

    with pytest.raises(NotWritten, match=r"No space left on device; nothing of it is kept$"):
        fails()
    assert list(target.parent.iterdir()) == []


def test_whatever_else_ends_it_leaves_the_older_pair(target: Path) -> None:
    def ends() -> None:
        with replacing(target) as pair:
            pair.file.write(NEW)
            raise ZeroDivisionError

    write(target, OLD)
    with pytest.raises(ZeroDivisionError):
        ends()
    assert seen(target) == pair_of(OLD)
    assert len(list(target.parent.iterdir())) == 2


def test_what_happens_after_it_is_published_disturbs_no_later_export(target: Path) -> None:
    later = ExitStack()

    def ends() -> None:
        with replacing(target) as pair:
            pair.file.write(OLD)
            pair.publish(digest(OLD))
            growing.append(later.enter_context(replacing(target)))
            raise ZeroDivisionError

    growing: list[Pair] = []
    with later:
        with pytest.raises(ZeroDivisionError):
            ends()
        growing[0].file.write(NEW)
        growing[0].publish(digest(NEW))
    assert seen(target) == pair_of(NEW)


def socket_at(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener, chdir(path.parent):
        listener.bind(path.name)


KINDS: list[tuple[str, Callable[[Path], object]]] = [
    ("a directory", Path.mkdir),
    ("a named pipe", os.mkfifo),
    ("a socket", socket_at),
    ("a symbolic link", lambda path: path.symlink_to("/dev/null")),
    ("a symbolic link", lambda path: path.symlink_to(path.with_name("regular"))),
]


@pytest.mark.parametrize("suffix", ["", ".part", ".manifest.json", ".manifest.json.part"])
@pytest.mark.parametrize(("kind", "make"), KINDS)
def test_only_a_regular_file_gives_way(
    target: Path, kind: str, make: Callable[[Path], object], suffix: str
) -> None:
    target.with_name("regular").write_bytes(OLD)
    in_the_way = target.with_name(target.name + suffix)
    make(in_the_way)
    before = in_the_way.lstat()
    with pytest.raises(NotWritten) as refused:
        write(target, NEW)
    assert str(refused.value) == (
        f"cannot write {target}: {in_the_way.name} is {kind}, not a regular file"
    )
    assert os.path.samestat(before, in_the_way.lstat())
    assert len(list(target.parent.iterdir())) == 2
    assert target.with_name("regular").read_bytes() == OLD


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/dev/full", "full is a device, not a regular file"),
        ("nowhere/out.csv", "there is no directory nowhere"),
        ("out.csv.part", "a name that ends in .part or .manifest.json belongs to another export"),
        ("out.csv.manifest.json", "a name that ends in"),
        ("x" * 250, "File name too long"),
        ("", " is a directory"),
        ("..", " is a directory"),
    ],
)
def test_what_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotWritten) as refused:
        write(Path(path), NEW)
    assert reason in str(refused.value)
    assert list(tmp_path.iterdir()) == []
