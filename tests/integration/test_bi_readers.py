"""`baton bi`: readers of some workspaces, in a stack with the tables that Baton makes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import httpx
import pytest

from deploy.local.clickhouse import confinement, users
from deploy.local.home import LOOPBACK
from tests.integration.test_up import Stack
from tests.support import wait_for

pytestmark = pytest.mark.server
WORKSPACES = "SELECT DISTINCT workspace_id FROM baton.{view} ORDER BY workspace_id"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """It holds three workspaces or more."""
    stack = Stack(tmp_path_factory.mktemp("bi"))
    try:
        for words in (("up", "--all"), ("simulate", "--count", "3000", "--rate", "100000")):
            code, output = stack.run(*words)
            assert code == 0, output
        wait_for(lambda: len(ask(stack, "bi", known(stack)["bi"], WORKSPACES)) > 2, deadline=120)
        yield stack
    finally:
        stack.run("down")


def known(stack: Stack) -> dict[str, str]:
    return users.passwords(stack.home.data("clickhouse") / "users.toml")


def ask(stack: Stack, user: str, password: str, sql: str, view: str = "assignments") -> list[str]:
    response = httpx.post(
        f"http://{LOOPBACK}:{stack.environ['BATON_CLICKHOUSE_PORT']}",
        auth=(user, password),
        content=sql.format(view=view),
        timeout=60,
    )
    assert response.status_code == 200, response.text
    return response.text.splitlines()


def test_a_reader_of_two_workspaces_has_these_in_every_view(stack: Stack) -> None:
    whole = known(stack)["bi"]
    workspaces = ask(stack, "bi", whole, WORKSPACES)
    views = ask(stack, "bi", whole, "SHOW TABLES FROM baton")
    code, output = stack.run("bi", "add", "acme", "-w", workspaces[0], "--workspace", workspaces[2])
    assert code == 0, output
    assert "ClickHouse was started anew." in output
    (password,) = re.findall(r"^[\w-]{20,}$", output, re.MULTILINE)
    assert ask(stack, "acme", password, "SHOW TABLES FROM baton") == views, (
        "a view without workspace_id: readers of workspaces cannot have it"
    )
    for view in views:
        every = ask(stack, "bi", whole, WORKSPACES, view)
        assert ask(stack, "acme", password, WORKSPACES, view) == [
            one for one in every if one in (workspaces[0], workspaces[2])
        ]
        counted = f"SELECT count() FROM baton.{{view}} WHERE workspace_id = '{workspaces[2]}'"

        def same(view: str = view, counted: str = counted) -> bool:  # rows may still be coming
            own = ask(stack, "acme", password, counted, view)
            return own == ask(stack, "bi", whole, counted, view) != ["0"]

        wait_for(same, deadline=120)
    for path in (stack.home.path / "logs", stack.home.data("clickhouse")):
        for file in path.glob("*.*"):
            assert password not in file.read_text(errors="replace")
    assert stack.run("bi", "list") == (
        0,
        f"bi  all workspaces\nacme  {workspaces[0]}, {workspaces[2]}\n",
    )


def test_what_runs_goes_on_and_who_is_removed_is_shut_out(stack: Stack) -> None:
    code, output = stack.run("bi", "add", "gone", "--workspace", "nobody's; DROP TABLE x")
    assert code == 0, output
    (password,) = re.findall(r"^[\w-]{20,}$", output, re.MULTILINE)
    assert ask(stack, "gone", password, WORKSPACES) == []
    assert stack.run("bi", "remove", "gone")[0] == 0
    with pytest.raises(AssertionError, match="Authentication failed"):
        ask(stack, "gone", password, WORKSPACES)
    before = ask(stack, "bi", known(stack)["bi"], "SELECT count() FROM baton.assignments")
    assert stack.run("simulate", "--count", "500", "--rate", "100000")[0] == 0

    def arrived() -> bool:
        counted = "SELECT count() FROM baton.assignments"
        return ask(stack, "bi", known(stack)["bi"], counted) > before

    wait_for(arrived, deadline=120)


def test_mistakes_are_told(stack: Stack) -> None:
    for words, told in {
        ("add", "bi", "-w", "1"): "There is a user 'bi' already",
        ("add", "a b", "-w", "1"): "'a b' cannot be a name",
        ("add", "empty", "-w", ""): "it is empty",
        ("add", "none"): "Missing option",
        ("remove", "baton"): "There is no reader 'baton'",
        ("remove", "nobody"): "There is no reader 'nobody'",
    }.items():
        code, output = stack.run("bi", *words)
        assert (code != 0, told in output) == (True, True), output
    code, output = stack.run("bi", "list", CLICKHOUSE_URL="http://127.0.0.1:1")
    assert (code, "CLICKHOUSE_URL is set" in output) == (1, True)


def test_status_says_whether_it_is_confined(stack: Stack) -> None:
    said = confinement.said(confinement.abi())
    assert json.loads(stack.run("status", "--json")[1])["clickhouse_confinement"] == said
    output = " ".join(stack.run("status")[1].split())
    assert f"ClickHouse is {said}; its user `bi` reads all workspaces" in output
