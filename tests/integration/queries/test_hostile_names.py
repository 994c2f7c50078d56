"""What the commands print and export of names that would steer a terminal."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner

from baton import main
from queries import commands
from tests.integration.queries.conftest import NOW, World, insert

pytestmark = pytest.mark.server
HOSTILE = "\x1b]0;owned\x07\x9b31m\u202egnp.exe\n\r\x00[red]bold[/]"
STEERS = set("\x1b\x07\x9b\u202e\r\x00")
ALL = ("--from", "2026-01-01", "--to", "2026-03-31")


def test_no_command_lets_a_name_steer_the_terminal(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLICKHOUSE_URL", world.url)
    monkeypatch.setattr(commands, "utc_now", lambda: NOW)
    template = next(row for row in world.rows if row["sequence"])
    named = ("contact_id", "contact_name", "conversation_id", "assigned_to_id", "assigned_to_name")
    changed = {name: HOSTILE for name in named if name in template}
    row = {**template, **changed, "workspace_id": HOSTILE, "event_id": str(UUID(int=7, version=4))}
    insert(world.client, [row])
    target = tmp_path / "all.csv"
    for line in (
        ["report", *ALL],
        ["report", "--workspace", HOSTILE, *ALL],
        ["report", "--workspace", HOSTILE, *ALL, "--json"],
        ["log", "--workspace", HOSTILE, *ALL],
        ["log", "--workspace", HOSTILE, *ALL, "--json"],
        ["export", str(target), "--workspace", HOSTILE, *ALL],
        ["timezone", HOSTILE],
        ["timezone", f"{HOSTILE}2"],
    ):
        done = CliRunner().invoke(main, line)
        assert done.output
        assert STEERS & set(done.output) == set(), (line, ascii(done.output))
    assert STEERS & set(target.read_text(encoding="utf-8-sig")) == set()
    assert len(target.read_text(encoding="utf-8-sig").splitlines()) == 2
