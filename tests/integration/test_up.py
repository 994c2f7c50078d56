"""`baton up` and `baton down`, as processes of their own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from clickhouse_connect import get_client
from confluent_kafka import Consumer, Producer

from deploy.local import environment, process, statements
from deploy.local.clickhouse import users
from deploy.local.home import Home, free_port
from tests.support import wait_for

pytestmark = pytest.mark.server

BATON = [sys.executable, "-m", "baton"]


class Stack:
    """The command line with a directory and ports of its own."""

    def __init__(self, path: Path) -> None:
        self.home = Home(path)
        ports = {
            f"BATON_{name}_PORT": str(free_port()) for name in ("KAFKA", "CLICKHOUSE", "SERVE")
        }
        outer = ("KAFKA_BOOTSTRAP_SERVERS", "CLICKHOUSE_URL")
        inherited = {name: value for name, value in os.environ.items() if name not in outer}
        self.environ = {**inherited, **ports, "BATON_HOME": str(path)}

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*BATON, *arguments],
            env={**self.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, **environ: str) -> tuple[int, str]:
        started = self.start(*arguments, **environ)
        output, _ = started.communicate(timeout=120)
        return started.returncode, output

    def names(self) -> list[str]:
        return [running.name for running in process.find_all(self.home)]


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that is up, for all tests that leave it so."""
    stack = Stack(tmp_path_factory.mktemp("up"))
    code, output = stack.run("up")
    assert code == 0, output
    yield stack
    stack.run("down")


@pytest.fixture
def stack_of_mine(tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(tmp_path / "with spaces and ü")
    yield stack
    stack.run("down")


def test_up_is_repeatable(up: Stack) -> None:
    before = process.find_all(up.home)
    assert [running.name for running in before] == ["kafka", "clickhouse"]
    code, output = up.run("up")
    assert code == 0
    assert "kafka runs already" in output
    assert "topics: 0 created; migrations: 0 applied" in output
    assert process.find_all(up.home) == before


def test_what_was_written_outlives_down(up: Stack) -> None:
    addresses = environment.addresses(up.home)
    _write(addresses)
    assert up.run("down")[0] == 0
    assert up.names() == []
    assert up.run("up")[0] == 0
    assert environment.addresses(up.home) == addresses
    assert _read(addresses) == (b"kept", 42)


def test_the_password_is_in_no_argument_log_or_output(up: Stack) -> None:
    output = up.run("up")[1] + up.run("status", "--json")[1]
    password = urlsplit(environment.addresses(up.home)[environment.CLICKHOUSE]).password
    assert password
    assert len(password) > 10
    for running in process.find_all(up.home):
        output += " ".join(psutil.Process(running.pid).cmdline())
        output += up.home.log(running.name).read_text()
    assert password not in output


def test_status_names_the_file_of_the_passwords_and_none_of_them(up: Stack) -> None:
    told, as_json = up.run("status")[1], up.run("status", "--json")[1]
    file = json.loads(as_json)["clickhouse_users"]
    assert f"ClickHouse's users and their passwords: {file}\n" in told
    passwords = users.passwords(Path(file))
    assert set(passwords) == {"baton", "bi"}
    assert [secret for secret in passwords.values() if secret in told + as_json] == []


def test_status_tells_which_statements_run(up: Stack) -> None:
    url = environment.addresses(up.home)[environment.CLICKHOUSE].removesuffix("baton")
    endless = "SELECT count()\nFROM numbers(1e14)\nWHERE NOT ignore(number)"
    ask = partial(httpx.post, url, timeout=60)
    thread = Thread(target=ask, kwargs={"content": endless, "params": {"query_id": "endless"}})
    thread.start()
    wait_for(lambda: statements.running(up.home), deadline=30)
    told = up.run("status")[1], up.run("status", "--json")[1]
    ask(content="KILL QUERY WHERE query_id = 'endless' SYNC")
    thread.join()
    assert all("SELECT count() FROM numbers(1e14) WHERE NOT ignore(number)" in one for one in told)
    assert "query_id" not in "".join(told)
    assert statements.running(up.home) == []


def test_everything_listens_on_loopback_alone(up: Stack) -> None:
    listening = {
        connection.laddr.ip
        for running in process.find_all(up.home)
        for connection in psutil.Process(running.pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening
    assert listening <= {"127.0.0.1", "::ffff:127.0.0.1"}


def test_what_runs_without_a_record_is_ended_and_started_anew(up: Stack) -> None:
    (running,) = (one for one in process.find_all(up.home) if one.name == "kafka")
    up.home.record("kafka").unlink()
    code, output = up.run("up")
    assert code == 0, output
    assert f"kafka stopped (process {running.pid}, which a killed one had left)" in output
    assert running.process() is None
    assert sorted(up.names()) == ["clickhouse", "kafka"]


def test_a_taken_port_is_told_before_anything_starts(stack_of_mine: Stack) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", int(stack_of_mine.environ["BATON_CLICKHOUSE_PORT"])))
        listener.listen()
        code, output = stack_of_mine.run("up")
    assert code == 1
    assert f"taken by process {os.getpid()}" in output
    assert "--clickhouse-port" in output
    assert stack_of_mine.names() == []


def test_ctrl_c_in_the_foreground_stops_everything(stack_of_mine: Stack) -> None:
    started = stack_of_mine.start("up", "--foreground")
    assert started.stdout
    wait_for(lambda: "Ctrl-C stops" in started.stdout.readline(), 60)
    assert stack_of_mine.names() == ["kafka", "clickhouse"]
    started.send_signal(signal.SIGINT)
    started.communicate(timeout=60)
    assert started.returncode == 0
    assert stack_of_mine.names() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_start_leaves_nothing(stack_of_mine: Stack, number: signal.Signals) -> None:
    started = stack_of_mine.start("up")
    wait_for(lambda: stack_of_mine.names() == ["kafka"], 60)
    started.send_signal(number)
    started.communicate(timeout=60)
    assert started.returncode != 0
    assert stack_of_mine.names() == []


def test_given_servers_are_used_and_none_started(
    stack_of_mine: Stack, kafka: str, clickhouse: str, topics: object, database: str
) -> None:
    given = {name: os.environ[name] for name in ("KAFKA_BOOTSTRAP_SERVERS", "CLICKHOUSE_URL")}
    code, output = stack_of_mine.run("up", **given)
    assert code == 0, output
    assert "KAFKA_BOOTSTRAP_SERVERS is set, so that one is used" in output
    assert stack_of_mine.names() == []


def test_a_given_server_that_does_not_answer_is_told(stack_of_mine: Stack) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    given = {"KAFKA_BOOTSTRAP_SERVERS": nobody, "CLICKHOUSE_URL": f"http://{nobody}"}
    code, output = stack_of_mine.run("up", **given)
    assert code == 1
    assert f"Kafka at {nobody} does not answer" in output


def _write(addresses: dict[str, str]) -> None:
    producer = Producer({"bootstrap.servers": addresses[environment.KAFKA]})
    producer.produce("assignment-events", b"kept", partition=0)
    assert producer.flush(10) == 0
    with get_client(dsn=addresses[environment.CLICKHOUSE]) as client:
        client.command("CREATE TABLE kept (x UInt8) ENGINE = MergeTree ORDER BY x")
        client.command("INSERT INTO kept VALUES (42)")


def _read(addresses: dict[str, str]) -> tuple[bytes | None, int]:
    consumer = Consumer(
        {
            "bootstrap.servers": addresses[environment.KAFKA],
            "group.id": "test",
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe(["assignment-events"])
    message = wait_for(lambda: consumer.poll(0.5))
    consumer.close()
    with get_client(dsn=addresses[environment.CLICKHOUSE]) as client:
        return message.value(), int(client.command("SELECT x FROM kept"))
