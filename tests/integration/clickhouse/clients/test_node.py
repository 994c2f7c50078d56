"""`@clickhouse/client` of Node.js."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.integration.clickhouse.local_server import LocalServer

pytestmark = pytest.mark.server

PACKAGE = "@clickhouse/client@1.23.1"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory in which the client is installed, with the program that uses it."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("no Node.js on this machine")
    directory = tmp_path_factory.mktemp("node")
    install = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(directory), PACKAGE]
    installed = subprocess.run(install, capture_output=True, text=True, timeout=120)
    if installed.returncode:
        pytest.skip(f"{PACKAGE} cannot be had: {installed.stderr[-200:]}")
    shutil.copy(Path(__file__).with_name("client.mjs"), directory)
    return directory


def test_queries_inserts_streams_errors_and_aborts(server: LocalServer, project: Path) -> None:
    given = {
        "CLIENT_URL": f"http://127.0.0.1:{server.port}",
        "CLIENT_USER": "baton",
        "CLIENT_PASSWORD": server.passwords["baton"],
    }
    finished = subprocess.run(
        ["node", "client.mjs"],
        cwd=project,
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout) == {
        "ping": True,
        "written": "100000",
        "found": [{"name": "n4242"}],
        "sum": sum(range(100_000)),
        "code": "60",
        "late": True,
        "aborted": True,
    }
