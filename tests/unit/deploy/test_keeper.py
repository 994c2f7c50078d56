"""The keeper starts again what ended with a fault, and stops what it keeps."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

KEEPER = [sys.executable, "-m", "deploy.local.keeper", sys.executable, "-c"]


def test_a_fault_starts_it_again_and_a_good_end_is_the_end(tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    once_bad = (
        f"import sys; f = open({str(marks)!r}, 'a+'); f.write('x'); f.flush(); f.seek(0);"
        " sys.exit(3 if len(f.read()) == 1 else 0)"
    )
    run = subprocess.run([*KEEPER, once_bad], capture_output=True, text=True, timeout=30)
    assert run.returncode == 0
    assert marks.read_text() == "xx"
    assert "ended with 3; starting again in 1 s" in run.stderr


def test_told_to_stop_it_tells_the_command(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    waits = (
        "import signal, sys, pathlib; signal.signal(signal.SIGTERM, lambda *_: sys.exit(5));"
        f" pathlib.Path({str(ready)!r}).touch(); signal.pause()"
    )
    keeper = subprocess.Popen([*KEEPER, waits])
    deadline = time.monotonic() + 20
    while not ready.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    keeper.send_signal(signal.SIGTERM)
    assert keeper.wait(20) == 5
