"""The commands as one types them."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from baton import main
from deploy.local.home import free_port
from queries import commands
from queries.export_pair import manifest_path
from tests.integration.queries.conftest import NOW, World
from tests.integration.queries.oracle import by_source, matching, shown

pytestmark = pytest.mark.server
Baton = Callable[..., Result]
SPAN = ("--workspace", "1", "--from", "2026-01-01", "--to", "2026-03-31")


@pytest.fixture
def baton(world: World, monkeypatch: pytest.MonkeyPatch) -> Baton:
    monkeypatch.setenv("CLICKHOUSE_URL", world.url)
    monkeypatch.setattr(commands, "utc_now", lambda: NOW)
    return lambda *words: CliRunner().invoke(main, words)


def test_report_as_json_has_the_promised_shape(world: World, baton: Baton) -> None:
    answer = json.loads(baton("report", *SPAN, "--json").stdout)
    rows = matching(world.rows, world.ask(**{"from": "2026-01-01", "to": "2026-03-31"}))
    assert list(answer)[0:1] == ["total"]
    assert answer["total"] == len(rows)
    assert {one["source"]: one["count"] for one in answer["sources"]} == by_source(rows)
    assert all(list(one) == ["source", "count", "percent"] for one in answer["sources"])
    assert (answer["status"], answer["complete_to"]) == ("unknown", None)


def test_report_prints_bars_and_totals(world: World, baton: Baton) -> None:
    done = baton("report", *SPAN)
    rows = matching(world.rows, world.ask(**{"from": "2026-01-01", "to": "2026-03-31"}))
    assert done.exit_code == 0
    assert f"Total {len(rows):,}:" in done.stdout
    assert "Bot (Dialogflow)" in done.stdout
    assert "Make" not in done.stdout
    assert "Complete to: unknown" in done.stdout


def test_without_a_kafka_the_report_is_there_and_its_completeness_unknown(
    baton: Baton, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS")
    done = baton("report", *SPAN)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "Complete to: unknown" in done.stdout


def test_a_wrong_generation_is_named(baton: Baton, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATON_GENERATION", "x")
    done = baton("report", *SPAN)
    assert done.exit_code == 1
    assert done.stderr == "Error: BATON_GENERATION is 'x', and must be a whole number above 0\n"


@pytest.mark.parametrize("words", ["report", "report --json", "log", "log --json"])
def test_what_cannot_be_written_is_no_traceback(baton: Baton, words: str) -> None:
    command = [sys.executable, "-m", "baton", *words.split(), *SPAN]
    read, write = os.pipe()
    os.close(read)
    with open("/dev/full", "w") as full:
        said = [
            subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True).stderr
            for out in (full, write)
        ]
    os.close(write)
    assert said == ["Error: Not all was written: No space left on device\n", ""]


def test_a_closed_output_is_no_traceback(baton: Baton) -> None:
    command = shlex.join([sys.executable, "-m", "baton", "log", *SPAN]) + " >&-"
    done = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_log_as_json_is_an_array_of_rows(world: World, baton: Baton) -> None:
    rows = json.loads(baton("log", "-w", "1", "--source", "user", "--json").stdout)
    expected = matching(world.rows, world.ask(source=["user"]))
    assert [row["event_id"] for row in rows] == [row["event_id"] for row in expected]
    assert list(rows[0])[:8] == [
        "timestamp", "conversation_id", "contact_id", "contact_name", "previous_assignee",
        "assigned_to", "source", "assigned_by",
    ]  # fmt: skip


def test_log_prints_the_eight_columns(world: World, baton: Baton) -> None:
    lines = baton("log", "-w", "1", "--period", "7d").stdout.splitlines()
    expected = matching(world.rows, world.ask(period="7d"))
    assert lines[0].split("  ")[0] == "Timestamp"
    assert len(lines) == len(expected) + 1
    assert shown(expected[0])[6] in lines[1]


def test_a_cut_log_says_so(baton: Baton) -> None:
    done = baton("log", *SPAN, "--limit", "5")
    assert len(done.stdout.splitlines()) == 6
    assert "5 of" in done.stderr
    assert "baton export" in done.stderr


@pytest.mark.parametrize("command", ["report", "log"])
def test_nothing_says_so(baton: Baton, command: str) -> None:
    done = baton(command, "-w", "1", "--from", "1999-01-01", "--to", "1999-01-02")
    assert done.exit_code == 0
    assert "The selected filter(s) have no applicable data" in done.stdout


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        # Other tests may have put more of them into the same world.
        ((), "There are several workspaces: 1, 2"),
        ((), ". Name one with --workspace."),
        (("-w", "nope"), "'nope'"),
        (("-w", "1", "--from", "2026-01-01"), "Error: --from and --to go together"),
        (("--from", "2026-13-01", "--to", "2026-12-31"), "Error: --from: month must be in 1..12"),
        (("--from", "2026-01-01", "--to", "1969-01-01"), "Error: --to: the report knows"),
        (("--contact", ""), "Error: --contact: String should have at least 1"),
        (("--assigned-to", ""), "Error: --assigned-to: String should have at least 1"),
        (("-w", "1", "--from", "2026-01-02", "--to", "2026-01-01"), "before it begins"),
        (("-w", "1", "--actor", "workflow"), "--actor: 'workflow' does not say source and id"),
        (("-w", "1", "--from", "yesterday", "--to", "today"), "Error: --from"),
        (("-w", "1", "--timezone", "Mars/Olympus"), "Mars/Olympus"),
    ],
)
def test_what_is_wrong_is_one_line(baton: Baton, words: tuple[str, ...], reason: str) -> None:
    for command in ("report", "log"):
        done = baton(command, *words)
        assert done.exit_code == 1
        assert reason in done.stderr
        assert "Value error" not in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_a_wrong_zone_of_the_environment_is_told_by_its_variable(
    baton: Baton, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATON_TIMEZONE", "Mars/Olympus")
    done = baton("report", *SPAN)
    said = "BATON_TIMEZONE is 'Mars/Olympus', and must be an IANA name such as 'Europe/Paris'"
    assert (done.exit_code, done.stderr) == (1, f"Error: {said}\n")


def test_export_writes_file_and_manifest(world: World, baton: Baton, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    done = baton("export", str(target), *SPAN)
    assert done.exit_code == 0, done.stderr
    rows = matching(world.rows, world.ask(**{"from": "2026-01-01", "to": "2026-03-31"}))
    assert f"{len(rows):,} rows" in done.stdout
    assert json.loads(manifest_path(target).read_text())["rows"] == len(rows)
    assert baton("export", str(tmp_path / "out.xls"), *SPAN).exit_code == 2


def test_tokens_are_made_listed_and_revoked(baton: Baton) -> None:
    text = baton("token", "create", "1", "--note", "Ann").stdout.strip()
    assert text.startswith("baton_")
    listed = baton("token", "list").stdout
    name = listed.split()[0]
    assert "Ann" in listed
    assert text not in listed
    assert baton("token", "revoke", name).exit_code == 0
    assert baton("token", "list").stdout == ""
    assert baton("token", "revoke", name).exit_code == 1


def test_a_workspaces_zone_is_set_and_shown(world: World, baton: Baton) -> None:
    done = baton("timezone", "9", "Asia/Tokyo")
    unseen = "No assignment of workspace '9' was seen yet.\n"
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", unseen)
    done = baton("timezone", "9")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "Asia/Tokyo\n", unseen)
    assert baton("timezone", "9", "Nowhere").exit_code == 1
    assert baton("timezone", "9").stdout == "Asia/Tokyo\n"


def test_of_a_workspace_that_was_seen_nothing_more_is_said(baton: Baton) -> None:
    zone = baton("timezone", "2").stdout.strip()
    done = baton("timezone", "2", zone)
    assert (done.exit_code, done.output) == (0, "")


@pytest.mark.parametrize("words", [("",), ("", "UTC")])
def test_the_zone_of_no_workspace_is_refused(baton: Baton, words: tuple[str, ...]) -> None:
    done = baton("timezone", *words)
    assert done.exit_code == 2
    assert "WORKSPACE: it is empty" in done.stderr


@pytest.mark.parametrize("words", [("1",), ("1", "UTC")])
def test_a_zone_without_a_clickhouse_is_one_line(
    baton: Baton, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("CLICKHOUSE_URL", "http://127.0.0.1:1")
    done = baton("timezone", *words)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: no ClickHouse answers at http://default@127.0.0.1:1/")
    assert len(done.stderr.splitlines()) == 1


def test_a_taken_port_is_told_and_no_address(baton: Baton) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = baton("serve", "--port", str(port))
    said = f"Error: Cannot listen on 127.0.0.1:{port}: Address already in use. Choose another port"
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == f"{said} with --port or BATON_SERVE_PORT.\n"


def test_an_address_that_is_told_can_be_reached_until_ctrl_c(baton: Baton) -> None:
    command = [sys.executable, "-m", "baton", "serve", "--port", str(free_port())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout
        address = serving.stdout.readline().strip()
        answer = httpx.get(address, params={"workspace": "1"}, timeout=60)
        serving.send_signal(signal.SIGINT)
        rest, _ = serving.communicate(timeout=60)
    assert (answer.status_code, serving.returncode, rest) == (200, 0, "")


def test_serving_others_needs_a_token(baton: Baton) -> None:
    done = baton("serve", "--host", "0.0.0.0")
    assert done.exit_code == 1
    assert "baton token create" in done.stderr
