"""What a stack starts is found and ended whoever is killed, and its directory is its owner's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from baton import COMMANDS, main
from deploy.local import left, parent, process, stack
from deploy.local.home import Home
from producers.installed import module
from producers.private import private
from producers.variables import Misconfigured
from tests.support import wait_for

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
LEAVES = [sys.executable, "-c", f"import subprocess; subprocess.run({SLEEP!r})"]
KEPT = module("deploy.local.keeper", *SLEEP)
WITHOUT_LINUX = module("deploy.local.keeper", *LEAVES)
"""A grandchild of the keeper is bound to nobody, as a child is where there is no Linux."""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path / "home")
    yield home
    stack.down(home, lambda _: None)


def children(running: process.Running, count: int) -> list[psutil.Process]:
    wait_for(lambda: len(process.family(running)) == count + 1)
    return process.family(running)[1:]


def ended(one: psutil.Process) -> bool:
    return not one.is_running() or one.status() == psutil.STATUS_ZOMBIE


@pytest.mark.skipif(sys.platform != "linux", reason="the signal is Linux's")
def test_a_killed_keeper_takes_the_process_with_it(home: Home) -> None:
    keeper = process.start(home, "worker-1", KEPT, {})
    (child,) = children(keeper, 1)
    os.kill(keeper.pid, signal.SIGKILL)
    wait_for(lambda: ended(child))


@pytest.mark.skipif(sys.platform != "linux", reason="the signal is Linux's")
def test_a_process_whose_parent_has_ended_already_does_not_begin() -> None:
    bind = parent.bound_to_parent()
    assert bind
    child = os.fork()
    if not child:
        # The fork's parent is this test's process, which `bind` knows; a grandchild has another.
        grandchild = os.fork()
        if not grandchild:
            bind()
            os._exit(0)
        os._exit(os.waitstatus_to_exitcode(os.waitpid(grandchild, 0)[1]) == -signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1


def test_down_stops_what_a_killed_keeper_left(home: Home) -> None:
    keeper = process.start(home, "worker-1", WITHOUT_LINUX, {})
    orphan = children(keeper, 2)[-1]
    os.kill(keeper.pid, signal.SIGKILL)
    wait_for(lambda: keeper.process() is None)
    assert not ended(orphan)
    told: list[str] = []
    assert stack.down(home, told.append) == 1
    wait_for(lambda: ended(orphan))
    assert told == [f"worker-1 stopped (process {orphan.pid}, which a killed one had left)"]


def test_up_does_not_start_beside_what_was_left(home: Home) -> None:
    lost = process.start(home, "sink", SLEEP, {})
    home.record("sink").unlink()
    with pytest.raises(InterruptedError):
        stack.up(home, stack.Ports(), _stop_at_once, workers=1)
    wait_for(lambda: lost.process() is None)


def _stop_at_once(text: str) -> None:
    raise InterruptedError(text)


def test_a_stack_leaves_others_alone(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    theirs, mine = process.start(other, "sink", SLEEP, {}), process.start(home, "sink", SLEEP, {})
    stranger = subprocess.Popen(SLEEP, env={**os.environ, "BATON_HOME": str(home.path)})
    assert left.behind(home) == []
    stack.down(home, lambda _: None)
    assert mine.process() is None
    assert theirs.process()
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()
    stack.down(other, lambda _: None)


def test_a_stack_knows_its_own_by_any_name_of_its_directory(home: Home, tmp_path: Path) -> None:
    lost = process.start(home, "sink", SLEEP, {})
    home.record("sink").unlink()
    alias = tmp_path / "alias"
    alias.symlink_to(home.path)
    assert [one.pid for one in left.behind(Home(alias))] == [lost.pid]


def test_what_a_stack_writes_is_its_owner_s(home: Home) -> None:
    script = f"open({str(home.path / 'made')!r}, 'w')"
    process.start(home, "one", [sys.executable, "-c", script], {})
    wait_for((home.path / "made").exists)
    assert (home.path / "made").stat().st_mode & 0o077 == 0


def test_an_open_home_is_closed_and_that_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "home").mkdir(mode=0o755)
    private(tmp_path / "home")
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700
    said = f"{tmp_path / 'home'} was open to other users; it is closed to them now.\n"
    assert capsys.readouterr().err == said
    private(tmp_path / "home")
    assert capsys.readouterr().err == ""


LINES = [["token", "create", "1"], ["status"], ["down"], ["token", "list"]]


@pytest.mark.parametrize("line", LINES)
def test_a_command_closes_the_home(
    line: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert line[0] in COMMANDS
    home = tmp_path / "baton"
    home.mkdir(mode=0o755)
    monkeypatch.setenv("BATON_HOME", str(home))
    main(line, standalone_mode=False) if line != ["status"] else _status()
    assert home.stat().st_mode & 0o077 == 0


def _status() -> None:
    with pytest.raises(SystemExit):
        main(["status"], standalone_mode=False)


def test_making_a_token_makes_a_closed_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "deep" / "baton"
    monkeypatch.setenv("BATON_HOME", str(home))
    before = os.umask(0o022)
    main(["token", "create", "1"], standalone_mode=False)
    os.umask(before)
    assert home.stat().st_mode & 0o077 == 0
    assert (home / "tokens.json").stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("what", ["directory", "link"])
def test_a_home_of_another_user_is_refused(tmp_path: Path, what: str) -> None:
    home = tmp_path / "home"
    if what == "link":
        (tmp_path / "real").mkdir(mode=0o700)
        home.symlink_to(tmp_path / "real")
    else:
        home.mkdir(mode=0o700)
    os.lchown(home, 65534, 65534)
    with pytest.raises(Misconfigured, match="belongs to user 65534"):
        private(home)
