"""What the commands say where nothing runs."""

from __future__ import annotations

import os
from pathlib import Path

import orjson
import psutil
import pytest
from click.testing import CliRunner

from baton import main
from deploy.local.home import Home
from deploy.local.process import Running


def test_status_of_nothing() -> None:
    done = CliRunner().invoke(main, ["status"])
    assert done.exit_code == 1
    assert "Start it with: baton up" in " ".join(done.output.split())


def test_status_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS")
    home = Home(tmp_path / "baton")
    home.create()
    created = psutil.Process().create_time()
    running = Running("sink", os.getpid(), created, "1.0", {"sink": 1234})
    home.record("sink").write_bytes(orjson.dumps(running))
    home.record("worker-1").write_bytes(orjson.dumps(Running("worker-1", os.getpid(), 1.0)))
    done = CliRunner().invoke(main, ["status", "--json"])
    assert done.exit_code == 0
    status = orjson.loads(done.output)
    (row,) = status["processes"]
    assert (row["name"], row["pid"], row["ports"]) == ("sink", os.getpid(), {"sink": 1234})
    assert row["memory"] > 1_000_000
    assert row["uptime"] >= 0
    assert status["ended"] == ["worker-1"]
    assert status["clickhouse_users"] is None  # none runs here, and a given one has its own
    assert status["freshness"]["status"] == "unknown"


def test_status_names_what_has_ended_by_itself(tmp_path: Path) -> None:
    home = Home(tmp_path / "baton")
    home.create()
    home.record("worker-1").write_bytes(orjson.dumps(Running("worker-1", os.getpid(), 1.0)))
    done = CliRunner().invoke(main, ["status"])
    assert "worker-1 has ended by itself" in done.output


def test_down_where_nothing_runs() -> None:
    done = CliRunner().invoke(main, ["down"])
    assert (done.exit_code, done.output) == (0, "nothing runs\n")


def test_logs_where_nothing_was_started() -> None:
    done = CliRunner().invoke(main, ["logs"])
    assert done.exit_code == 1
    assert "Nothing was started" in done.output
