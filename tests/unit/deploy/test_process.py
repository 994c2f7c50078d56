"""Processes that are recorded, found again, and ended; those of others are left alone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import psutil
import pytest

from deploy.local import process
from deploy.local.home import Home, StackError
from tests.support import wait_for

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('deaf', flush=True); time.sleep(60)",
]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path)
    yield home
    for running in process.find_all(home):
        process.stop(home, running, patience=1)


def test_what_was_started_is_found_again_until_it_is_stopped(home: Home) -> None:
    started = process.start(home, "one", SLEEP, {}, {"one": 1234}, "1.0")
    assert process.find(home, "one") == started
    assert process.find_all(home) == [started]
    process.stop(home, started)
    assert not psutil.pid_exists(started.pid) or started.process() is None
    assert process.find(home, "one") is None


def test_a_reused_pid_is_not_ours(home: Home) -> None:
    home.create()
    stranger = subprocess.Popen(SLEEP)
    record = process.Running("one", stranger.pid, created=time.time() - 86_400)
    home.record("one").write_bytes(orjson.dumps(record))
    assert process.find(home, "one") is None
    process.stop(home, record)
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_one_that_ends_by_itself_is_not_found(home: Home) -> None:
    started = process.start(home, "one", [sys.executable, "-c", ""], {})
    wait_for(lambda: started.process() is None)
    assert process.find(home, "one") is None
    assert process.ended(home) == ["one"]
    process.stop(home, started)
    assert process.ended(home) == []


def test_one_that_does_not_listen_is_killed(home: Home) -> None:
    started = process.start(home, "one", STUBBORN, {})
    wait_for(lambda: process.tail(home.log("one"), 1) == ["deaf"])
    process.stop(home, started, patience=0.2)
    assert started.process() is None


def test_it_has_a_session_of_its_own_so_that_ctrl_c_does_not_reach_it(home: Home) -> None:
    started = process.start(home, "one", SLEEP, {})
    assert os.getsid(started.pid) == started.pid != os.getsid(0)


def test_it_gets_the_environment_it_is_given(home: Home) -> None:
    script = "import os; print(os.environ['BATON_TEST'], flush=True)"
    process.start(home, "one", [sys.executable, "-c", script], {"BATON_TEST": "given"})
    wait_for(lambda: process.tail(home.log("one"), 1) == ["given"])


def test_one_that_ends_at_once_shows_the_end_of_its_log(home: Home) -> None:
    script = "import sys; sys.exit('no such luck')"
    started = process.start(home, "one", [sys.executable, "-c", script], {})
    with pytest.raises(StackError, match="ended right after its start") as told:
        process.wait_ready(home, started, lambda: False, patience=30)
    assert "no such luck" in str(told.value)


def test_one_that_is_never_ready_is_stopped(home: Home) -> None:
    started = process.start(home, "one", SLEEP, {})
    with pytest.raises(StackError, match=r"did not answer in 0\.1 s"):
        process.wait_ready(home, started, lambda: False, patience=0.1)
    assert started.process() is None


def test_one_whose_start_is_interrupted_is_stopped(home: Home) -> None:
    started = process.start(home, "one", SLEEP, {})

    def interrupted() -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        process.wait_ready(home, started, interrupted, patience=30)
    assert started.process() is None


def test_a_broken_record_is_no_process(home: Home) -> None:
    home.create()
    home.record("one").write_text('{"name": "one"}')
    assert process.find(home, "one") is None


def test_a_large_log_is_set_aside(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "LOG_KEPT", 10)
    home.create()
    home.log("one").write_text("more than ten bytes\n")
    process.start(home, "one", [sys.executable, "-c", ""], {})
    assert home.log("one").with_suffix(".log.1").read_text() == "more than ten bytes\n"


def test_the_tail_is_the_last_lines(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("".join(f"line {number}\n" for number in range(1000)))
    assert process.tail(path, 2) == ["line 998", "line 999"]
    assert process.tail(path, 0) == []
    assert process.tail(tmp_path / "none", 2) == []


@pytest.mark.server
def test_a_port_counts_only_if_it_is_the_process_itself_that_listens(home: Home) -> None:
    listening = (
        "import socket, time; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen();"
        "print(s.getsockname()[1], flush=True); time.sleep(60)"
    )
    started = process.start(home, "one", [sys.executable, "-c", listening], {})
    wait_for(lambda: process.tail(home.log("one"), 1))
    assert process.listens(started, int(process.tail(home.log("one"), 1)[0]))
    with socket.socket() as somebody_else:
        somebody_else.bind(("127.0.0.1", 0))
        somebody_else.listen()
        assert not process.listens(started, somebody_else.getsockname()[1])
