"""What is installed is what was published: every file has its digest in the repository."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import jars
from producers import installed
from queries.page import fetch

ROOT = Path(__file__).parents[2]
PYTHON = [*sorted((ROOT / "requirements").glob("*.txt")), fetch.NODE_WHEEL]
ROOMS = ("producers", "stream", "sink", "queries", "deploy")
LINE = re.compile(r"([\w.-]+)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n")


def pinned(path: Path) -> dict[str, str]:
    return {name: version for name, version, _ in LINE.findall(path.read_text())}


def name_of(text: str) -> str:
    return re.sub(r"[-_.]+", "-", text).lower()


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: path.name)
def test_every_package_has_hashes_and_nothing_has_an_address(path: Path) -> None:
    text = path.read_text().removeprefix("-r runtime.txt\n")
    assert pinned(path)
    assert LINE.sub("", text) == ""


def test_constraints_are_the_list_that_is_hashed() -> None:
    lines = (ROOT / "constraints.txt").read_text().split()
    listed = {name_of(name): version for name, version in (line.split("==") for line in lines)}
    runtime, dev = (pinned(ROOT / "requirements" / f"{name}.txt") for name in ("runtime", "dev"))
    assert runtime.keys() & dev.keys() == set()
    assert runtime | dev == listed, "run: make pins"
    assert "setuptools" in runtime


def test_pip_refuses_another_file_than_the_one_pinned(tmp_path: Path) -> None:
    wheel = tmp_path / "tzdata-2026.6-py2.py3-none-any.whl"
    wheel.write_bytes(b"PK somebody else's")
    (found,) = [one for one in LINE.finditer(_runtime()) if one[1] == "tzdata"]
    file = tmp_path / "only.txt"
    file.write_text(found[0])
    options = ["--require-hashes", "--no-index", "--no-deps", "--find-links", str(tmp_path)]
    done = _pip("download", *options, "-d", str(tmp_path / "there"), "-r", str(file))
    assert done.returncode
    assert "DO NOT MATCH THE HASHES" in done.stderr


def test_make_installs_from_hashes_alone() -> None:
    makefile = (ROOT / "Makefile").read_text()
    (hashed,) = re.findall(r"^HASHED := (.*)", makefile, re.MULTILINE)
    assert "--require-hashes" in hashed
    assert "--only-binary :all:" in hashed
    installing = re.findall(r"\$\(PIP\) (.*)", makefile)
    ours = "--quiet --no-build-isolation --no-deps -e ."
    assert [line for line in installing if "$(HASHED)" not in line and line != ours] == []


def test_the_page_s_libraries_have_digests() -> None:
    lock = json.loads((fetch.HERE / "package-lock.json").read_text())
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert [name for name, one in packages.items() if "integrity" not in one] == []
    assert [name for name, one in packages.items() if "resolved" in one] == []
    top = {name.removeprefix("node_modules/"): one["version"] for name, one in packages.items()}
    assert {name: top[name] for name in fetch.wanted()} == fetch.wanted()


class Cached:
    """A jar in the Maven cache, and what the repository has of it."""

    def __init__(self, path: Path, published: bytes) -> None:
        self.path, self.published = path, published

    def resolve(self) -> Path:
        if not self.path.exists():
            self.path.write_bytes(self.published)
        return self.path


def test_an_altered_jar_is_not_run(tmp_path: Path) -> None:
    altered = Cached(tmp_path / "kafka_2.13-4.3.1.jar", b"altered")
    with pytest.raises(jars.Altered, match=r"is not the kafka_2\.13-4\.3\.1\.jar"):
        jars._jar(altered, jars.digests())


def test_a_jar_nobody_knows_is_not_run(tmp_path: Path) -> None:
    with pytest.raises(jars.Altered, match="must be one of those in"):
        jars._jar(Cached(tmp_path / "more-1.0.jar", b"more"), jars.digests())


def test_a_foreign_module_in_the_current_directory_is_not_taken(tmp_path: Path) -> None:
    for name in (*ROOMS, "baton"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the foreign one')")
    for command in (
        installed.module("baton", "report", "--help"),
        installed.module("baton", "worker", "--help"),
        installed.module("deploy.local.keeper", *installed.module("baton", "up", "--help")),
        installed.module("deploy.local.clickhouse", "--help"),
    ):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert (done.returncode, "foreign" in done.stderr) == (0, False)


def test_only_one_place_says_how_a_module_is_started() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.List)
        and any(ast.unparse(one) == "sys.executable" for one in node.elts)
        and "'-P'" not in map(ast.unparse, node.elts)
    ]
    assert found == []


def _runtime() -> str:
    return (ROOT / "requirements" / "runtime.txt").read_text()


def _pip(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "pip", *arguments], capture_output=True, text=True)
