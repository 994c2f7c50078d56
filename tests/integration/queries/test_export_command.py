"""`baton export` as a process: interrupted, beside another one, and on what cannot be written."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from queries.export_pair import manifest_path
from tests.integration.queries.conftest import World
from tests.integration.queries.oracle import matching
from tests.proxy import Proxy
from tests.support import wait_for

pytestmark = pytest.mark.server

# Pieces so small that what happens once the file grows happens in the middle.
SLOW = "from queries import export; export.ROWS_PER_PIECE = 50; import baton; baton.main()"
ALL = ("--workspace", "1", "--from", "2026-01-01", "--to", "2026-03-31")
FEW = ("--workspace", "2", "--from", "2026-03-01", "--to", "2026-03-02")
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Begins `baton export` with these words, in small pieces."""
    monkeypatch.setenv("CLICKHOUSE_URL", world.url)

    def started(*words: str, **options: Any) -> subprocess.Popen[str]:
        given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
        running.append(subprocess.Popen([sys.executable, "-c", SLOW, "export", *words], **given))
        return running[-1]

    running: list[subprocess.Popen[str]] = []
    yield started
    for process in running:
        process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit code, output and errors."""
    output, errors = process.communicate(timeout=120)
    return process.returncode, output, errors


def files(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def grows(target: Path) -> bool:
    """Whether an export to it is on its way."""
    return target.with_name(f"{target.name}.part").exists()


def holds(target: Path, rows: int) -> bool:
    """Whether file and manifest say the same."""
    data, said = target.read_bytes(), json.loads(manifest_path(target).read_text())
    assert (said["rows"], said["bytes"]) == (rows, len(data))
    assert said["sha256"] == hashlib.sha256(data).hexdigest()
    assert len(files(target.parent)) == 2
    return data.count(b"\n") == rows + 1


def count(world: World, workspace: str, first: str, last: str) -> int:
    asked = world.ask(workspace, **{"from": first, "to": last})
    return len(matching(world.by_workspace[workspace].final, asked))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("older", [True, False])
def test_an_interrupted_export_leaves_what_was_there(
    start: Start, tmp_path: Path, number: signal.Signals, older: bool
) -> None:
    target = tmp_path / "out.csv"
    if older:
        assert ended(start(str(target), *FEW))[0] == 0
    before = files(tmp_path)
    exporting = start(str(target), *ALL)
    wait_for(lambda: grows(target), every=0.01)
    exporting.send_signal(number)
    kept = ", the older export is as it was" if older else ""
    assert ended(exporting) == (130, "", f"Interrupted; nothing of it is kept{kept}.\n")
    assert files(tmp_path) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_waiting_for_clickhouse_can_be_interrupted(
    world: World,
    start: Start,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: signal.Signals,
) -> None:
    with Proxy(world.url) as proxy:
        proxy.trouble = "hang"
        monkeypatch.setenv("CLICKHOUSE_URL", proxy.url)
        exporting = start(str(tmp_path / "out.csv"), *ALL)
        wait_for(lambda: proxy.troubled)
        exporting.send_signal(number)
        assert ended(exporting) == (130, "", "Interrupted; nothing of it is kept.\n")
    assert files(tmp_path) == {}


def test_of_two_exports_to_one_file_the_second_is_refused(
    world: World, start: Start, tmp_path: Path
) -> None:
    target = tmp_path / "same.csv"
    first = start(str(target), *ALL)
    wait_for(lambda: grows(target), every=0.01)
    first.send_signal(signal.SIGSTOP)
    code, output, errors = ended(start(str(target), *FEW))
    first.send_signal(signal.SIGCONT)
    assert (code, output) == (1, "")
    assert errors == f"Error: cannot write {target}: another export is writing it\n"
    code, output, errors = ended(first)
    rows = count(world, "1", "2026-01-01", "2026-03-31")
    assert (code, errors) == (0, "")
    assert output.startswith(f"{rows:,} rows, ")
    assert holds(target, rows)
    assert ended(start(str(target), *FEW))[0] == 0
    assert holds(target, count(world, "2", "2026-03-01", "2026-03-02"))


@pytest.mark.parametrize("fmt", ["csv", "jsonl", "parquet"])
def test_a_file_that_cannot_grow_is_one_line(start: Start, tmp_path: Path, fmt: str) -> None:
    target = tmp_path / f"out.{fmt}"
    assert ended(start(str(target), *FEW))[0] == 0
    before = files(tmp_path)

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    code, output, errors = ended(start(str(target), *ALL, preexec_fn=limited))
    assert (code, output) == (1, "")
    assert errors == (
        f"Error: cannot write {target}: File too large; "
        "nothing of it is kept, the older export is as it was\n"
    )
    assert files(tmp_path) == before


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
def test_a_standard_output_that_is_full_is_said(world: World, start: Start, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    with open("/dev/full", "w") as full:
        code, _, errors = ended(start(str(target), *FEW, stdout=full))
    assert code == 1
    assert errors == (
        f"Error: cannot write to standard output: No space left on device; {target} is whole\n"
    )
    assert holds(target, count(world, "2", "2026-03-01", "2026-03-02"))


def test_what_is_no_regular_file_is_left_alone(start: Start, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    assert ended(start(str(pipe), *FEW)) == (
        1, "", f"Error: cannot write {pipe}: pipe.csv is a named pipe, not a regular file\n",
    )  # fmt: skip
    code, _, errors = ended(start("-", *FEW, "--format", "csv", cwd=tmp_path))
    assert code == 2
    assert "standard output has no place for its manifest" in errors
    assert [path.name for path in tmp_path.iterdir()] == ["pipe.csv"]
