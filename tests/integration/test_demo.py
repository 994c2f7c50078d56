"""`baton demo --once`: the whole of Baton, from nothing to the report and back to nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.server


def test_the_demo_reports_1014_assignments_and_leaves_nothing(tmp_path: Path) -> None:
    outer = ("KAFKA_BOOTSTRAP_SERVERS", "CLICKHOUSE_URL", "BATON_HOME")
    environ = {name: value for name, value in os.environ.items() if name not in outer}
    done = subprocess.run(
        [sys.executable, "-m", "baton", "demo", "--once"],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Total 1,014: 919 to somebody, 95 unassignments" in done.stdout
    assert list(tmp_path.iterdir()) == []
    assert [one for one in psutil.process_iter(["cmdline"]) if _mentions(one, tmp_path)] == []


def _mentions(process: psutil.Process, path: Path) -> bool:
    return any(str(path) in part for part in process.info["cmdline"] or ())
