"""The command line as a whole: what every command says where nothing runs and nothing is set."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest
from click.testing import CliRunner, Result

from baton import COMMANDS, main
from deploy.local.home import Home
from deploy.local.process import Running

KAFKA, CLICKHOUSE = "KAFKA_BOOTSTRAP_SERVERS", "CLICKHOUSE_URL"
NEEDS = {
    "send sample": KAFKA,
    "simulate --count 1": KAFKA,
    "topics": KAFKA,
    "worker": KAFKA,
    "pause --partition 0": KAFKA,
    "resume --partition 0": KAFKA,
    "dead-letters list": KAFKA,
    "dead-letters show": KAFKA,
    "dead-letters send": KAFKA,
    "dead-letters drop --why x": KAFKA,
    "audit": KAFKA,
    "tail": CLICKHOUSE,
    "trace 0b9d6c1e-6a8e-4a53-9f0e-2f8a4f0f3c11": CLICKHOUSE,
    "restart": CLICKHOUSE,
    "replay list": CLICKHOUSE,
    "replay rebuild": CLICKHOUSE,
    "replay resink --month 2016-03": CLICKHOUSE,
    "reconcile": CLICKHOUSE,
    "migrate": CLICKHOUSE,
    "sink": CLICKHOUSE,
    "sink resolve --from-offset 0": CLICKHOUSE,
    "sink pause": CLICKHOUSE,
    "report": CLICKHOUSE,
    "log": CLICKHOUSE,
    "export all.csv": CLICKHOUSE,
    "timezone 1": CLICKHOUSE,
    "timezone 1 UTC": CLICKHOUSE,
    "serve": CLICKHOUSE,
}
NEED_NOTHING = {
    "send sample --dry-run",
    "topics --show",
    "migrate --show",
    "token list",
    "bi list",
    "down",
}
OF_THEIR_OWN = {"demo", "up", "status", "logs", "doctor"}


@pytest.fixture
def unset(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Nothing runs in BATON_HOME, which is returned, and no address is set."""
    monkeypatch.delenv(KAFKA)
    monkeypatch.delenv(CLICKHOUSE)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "baton"


def baton(line: str) -> Result:
    return CliRunner().invoke(main, shlex.split(line))


@pytest.mark.parametrize(("line", "variable"), NEEDS.items())
def test_what_needs_a_server_goes_to_none_that_happens_to_listen(
    unset: Path, line: str, variable: str
) -> None:
    server = "Kafka" if variable == KAFKA else "ClickHouse"
    said = f"No {server} runs in {unset}: start it with `baton up`, or set {variable}"
    done = baton(line)
    assert (done.exit_code, done.output) == (1, f"Error: {said}\n")


@pytest.mark.parametrize("line", sorted(NEED_NOTHING))
def test_what_needs_none_works(unset: Path, line: str) -> None:
    assert baton(line).exit_code == 0


def test_every_command_is_one_of_these() -> None:
    seen = {line.split()[0] for line in [*NEEDS, *NEED_NOTHING]} | OF_THEIR_OWN
    assert seen == set(COMMANDS)


@pytest.mark.parametrize("empty", [KAFKA, CLICKHOUSE])
def test_an_empty_address_is_none(unset: Path, monkeypatch: pytest.MonkeyPatch, empty: str) -> None:
    monkeypatch.setenv(empty, "")
    done = baton("sink" if empty == CLICKHOUSE else "worker")
    assert f"or set {empty}" in done.output


WRONG = [
    ("audit", "BATON_GENERATION", "x", "a whole number above 0"),
    ("sink", "BATON_GENERATION", "0", "a whole number above 0"),
    ("topics --show", "BATON_GENERATION", "1.5", "a whole number above 0"),
    ("worker", "BATON_WORKER_PORT", "99999", "a whole number above 0 and at most 65535"),
    ("worker", "BATON_HORIZON_DAYS", "inf", "a number above 0"),
    ("worker", "BATON_HORIZON_EVENTS", "many", "a whole number above 0"),
    ("worker", "BATON_MAX_EVENT_BYTES", "1 MB", "a whole number above 0"),
    ("worker", "BATON_FLOOD_WINDOW", "0.5", "a whole number above 0"),
    ("worker", "BATON_FLOOD_SHARE", "50", "a number above 0 and at most 1"),
    ("worker", "BATON_STALL_SECONDS", "-1", "a number above 0"),
    ("worker", "BATON_SESSION_SECONDS", "6s", "a number above 0"),
    ("dead-letters list", "BATON_TRANSACTION_SECONDS", "nan", "a number above 0"),
    ("serve", "BATON_SERVE_RATE", "abc", "a number above 0"),
    ("serve", "BATON_SERVE_RATE", "0", "a number above 0"),
    ("serve", "BATON_TIMEZONE", "Mars/Olympus", "an IANA name such as 'Europe/Paris'"),
    ("serve", "BATON_LANGUAGE", "xx", "the name of a file in queries/page/texts, such as 'en'"),
]


@pytest.mark.parametrize(("line", "variable", "text", "wanted"), WRONG)
def test_a_wrong_variable_is_named_with_what_is_wanted(
    monkeypatch: pytest.MonkeyPatch, line: str, variable: str, text: str, wanted: str
) -> None:
    monkeypatch.setenv(variable, text)
    done = baton(line)
    said = f"Error: {variable} is '{text}', and must be {wanted}\n"
    assert (done.exit_code, done.output) == (1, said)


@pytest.mark.parametrize("text", ["abc", "0", "99999"])
@pytest.mark.parametrize("variable", ["BATON_SERVE_PORT", "BATON_KAFKA_PORT"])
def test_a_wrong_port_is_named_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str
) -> None:
    monkeypatch.setenv(variable, text)
    done = baton("serve" if "SERVE" in variable else "up")
    assert done.exit_code == 2
    last = done.output.splitlines()[-1]
    assert f"(env var: '{variable}')" in last
    assert text in last


@pytest.mark.parametrize("line", ["serve --port 99999", "worker --port 0"])
def test_a_port_is_one(line: str) -> None:
    done = baton(line)
    assert (done.exit_code, "1<=x<=65535" in done.output) == (2, True)


@pytest.mark.parametrize("line", ["audit", "status", "pause --partition 0", "sink"])
def test_a_property_kafka_does_not_take_is_told_by_its_variable_and_not_its_value(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str
) -> None:
    monkeypatch.setenv("KAFKA_SASL_PASWORD", "hush")
    running(Home(tmp_path / "baton"))
    done = baton(line)
    said = 'No such configuration property: "sasl.pasword" (set by KAFKA_SASL_PASWORD)'
    assert (done.exit_code, done.output) == (1, f"Error: Kafka: {said}\n")


@pytest.mark.parametrize("line", ["report", "export all.csv", "timezone 1", "migrate", "serve"])
def test_a_clickhouse_that_does_not_answer_is_one_line_with_what_to_do(line: str) -> None:
    done = process(line, stdout=subprocess.PIPE)
    said = (
        "Error: no ClickHouse answers at http://default@127.0.0.1:1/baton: start it, or correct "
        "CLICKHOUSE_URL (where that is unset, `baton up` starts one)\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)


@pytest.mark.parametrize(
    "line",
    [
        "migrate --show",
        "topics --show",
        "report --help",
        "--help",
        "--version",
        "status",
        "status --json",
    ],
)
def test_a_full_disk_is_told_in_one_line(line: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = process(line, stdout=full)
    said = "Error: Not all was written: No space left on device\n"
    assert (done.returncode, done.stderr) == (1, said)


@pytest.mark.parametrize("line", ["migrate --show", "--help"])
def test_nobody_reading_on_is_told_nothing(line: str) -> None:
    read, write = os.pipe()
    os.close(read)
    done = process(line, stdout=write)
    os.close(write)
    assert (done.returncode, done.stderr) == (1, "")


def process(line: str, stdout: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "baton", *shlex.split(line)]
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True)


def running(home: Home) -> None:
    """Something runs: this very process."""
    home.create()
    created = psutil.Process().create_time()
    home.record("sink").write_bytes(orjson.dumps(Running("sink", os.getpid(), created)))


def test_the_doctor_finds_that_nothing_runs(unset: Path) -> None:
    done = baton("doctor --json")
    assert done.exit_code == 2
    found = {each["check"]: each["text"] for each in orjson.loads(done.output)["findings"]}
    for check, variable in (("kafka", KAFKA), ("clickhouse", CLICKHOUSE)):
        assert str(unset) in found[check]
        assert f"or set {variable}" in found[check]
