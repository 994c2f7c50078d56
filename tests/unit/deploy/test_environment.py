"""Which addresses a command gets."""

from __future__ import annotations

import os
from pathlib import Path

import orjson
import psutil
import pytest

from deploy.local import environment
from deploy.local.home import Home
from deploy.local.process import Running

KAFKA, CLICKHOUSE = environment.KAFKA, environment.CLICKHOUSE


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A stack whose two servers run: this very process is both."""
    home = Home(tmp_path)
    home.create()
    created = psutil.Process().create_time()
    for name, port in (("kafka", 19092), ("clickhouse", 18123)):
        running = Running(name, os.getpid(), created, ports={name: port})
        home.record(name).write_bytes(orjson.dumps(running))
    home.data("clickhouse").mkdir()
    users = '[users.baton]\npassword = "a/b c"\n'
    (home.data("clickhouse") / "users.toml").write_text(users)
    return home


def test_what_is_unset_is_that_of_the_running_stack(home: Home) -> None:
    environ = {"BATON_HOME": str(home.path)}
    environment.apply(environ)
    assert environ[KAFKA] == "127.0.0.1:19092"
    assert environ[CLICKHOUSE] == "http://baton:a%2Fb%20c@127.0.0.1:18123/baton"


def test_what_the_user_set_stays(home: Home) -> None:
    environ = {"BATON_HOME": str(home.path), KAFKA: "elsewhere:9092"}
    environment.apply(environ)
    assert environ[KAFKA] == "elsewhere:9092"


def test_an_empty_variable_is_unset(home: Home) -> None:
    environ = {"BATON_HOME": str(home.path), KAFKA: ""}
    environment.apply(environ)
    assert environ[KAFKA] == "127.0.0.1:19092"


def test_without_a_stack_nothing_is_set(tmp_path: Path) -> None:
    environ = {"BATON_HOME": str(tmp_path)}
    environment.apply(environ)
    assert set(environ) == {"BATON_HOME"}


def test_given_is_what_the_user_set_and_not_the_stacks_own(home: Home) -> None:
    environ = {"BATON_HOME": str(home.path), CLICKHOUSE: "http://elsewhere:8123"}
    environment.apply(environ)
    assert environment.given(KAFKA, environ) is None
    assert environment.given(CLICKHOUSE, environ) == "http://elsewhere:8123"


def test_a_password_kept_as_a_hash_alone_is_left_to_the_user(home: Home) -> None:
    users = f'[users.baton]\npassword_sha256 = "{"0" * 64}"\n'
    (home.data("clickhouse") / "users.toml").write_text(users)
    assert environment.addresses(home)[CLICKHOUSE] == "http://baton@127.0.0.1:18123/baton"
