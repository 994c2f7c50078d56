"""Text that others have written is shown on a terminal and never obeyed by it."""

from __future__ import annotations

import ast
import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.table import Table

from baton import main
from deploy.local.home import Home
from producers import terminal
from producers.installed import module

ROOT = Path(__file__).parents[2]
ROOMS = ("producers", "stream", "sink", "queries", "deploy")
HOSTILE = (
    "\x1b]0;owned\x07 \x1b[2J \x9b31m \u202egnp.exe\u202c \u2066x\u2069 \r\x00\x7f"
    "[red]bold[/] :smile:"
)
STEERS = set("\x1b\x07\x9b\u202e\u202c\u2066\u2069\r\x00\x7f")
AROUND = {
    "click.echo", "click.secho", "click.echo_via_pager", "click.confirm", "click.prompt", "print",
    "Console", "rich.print", "sys.stdout.write", "sys.stderr.write", "sys.stdout.buffer",
    "Text.from_markup", "logging.basicConfig",
}  # fmt: skip
"""What prints, or reads markup; the one place that may is producers/terminal.py."""


def steering(text: str) -> set[str]:
    return STEERS & set(text)


def ways_around() -> Iterator[str]:
    for path in [ROOT / "baton.py", *(p for room in ROOMS for p in (ROOT / room).rglob("*.py"))]:
        if path == ROOT / "producers" / "terminal.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node) in AROUND:
                yield f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node)}"
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func) == "TextColumn"
                and not any(word.arg == "markup" for word in node.keywords)
            ):
                yield f"{path.relative_to(ROOT)}:{node.lineno}: TextColumn with markup"


def test_nothing_prints_around_the_one_way() -> None:
    assert list(ways_around()) == []


def test_every_control_and_direction_is_an_escape() -> None:
    for number in [*range(0x20), *range(0x7F, 0xA0), 0x202A, 0x202E, 0x2066, 0x2069, 0xD800]:
        shown = terminal.plain(f"a{chr(number)}b")
        assert shown.isprintable()
        assert shown.startswith("a\\")
    assert terminal.plain("Zoë 👩‍🚒 نام‌ها [x] \\") == "Zoë 👩‍🚒 نام‌ها [x] \\"


def test_a_line_is_not_two(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.say("name: a\nforged: b", "second")
    assert capsys.readouterr().out == "name: a\\nforged: b\nsecond\n"


def test_json_has_the_same_values_and_no_controls(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.say_json(json.dumps({"name": HOSTILE}, ensure_ascii=False, indent=1))
    out = capsys.readouterr().out
    assert steering(out) == set()
    assert json.loads(out) == {"name": HOSTILE}


def test_a_table_shows_markup_as_it_is() -> None:
    console = terminal.console()
    console.file, console.width = io.StringIO(), 200
    table = Table(title=HOSTILE)
    table.add_column(HOSTILE)
    table.add_row(HOSTILE)
    console.print(table)
    console.print(HOSTILE)
    shown = console.file.getvalue()
    assert steering(shown) == set()
    assert "[red]bold[/] :smile:" in shown
    assert "\\x1b]0;owned" in shown


def test_a_logged_message_is_one_line() -> None:
    record = logging.LogRecord("x", logging.INFO, "f", 1, "of %s", (HOSTILE + "\nforged",), None)
    shown = terminal.Formatter("%(message)s").format(record)
    assert steering(shown) == set()
    assert "\n" not in shown


LINES = [
    ["log", "--sort", HOSTILE],
    ["report", "--from", HOSTILE],
    ["report", "--source", HOSTILE],
    [HOSTILE],
    ["report", f"--{HOSTILE}"],
    ["logs", HOSTILE],
    ["token", "revoke", HOSTILE],
    ["timezone", "1", HOSTILE],
    ["send", "--dry-run", HOSTILE.replace("\x00", "")],
]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[0][:10].encode().hex())
def test_an_error_shows_what_was_said_wrong(line: list[str]) -> None:
    done = CliRunner().invoke(main, line)
    assert done.exit_code
    assert done.output
    assert steering(done.output) == set()


def test_a_log_is_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.create()
    home.log("worker-1").write_text(f"got {HOSTILE}\n", newline="")
    monkeypatch.setenv("BATON_HOME", str(home.path))
    done = CliRunner().invoke(main, ["logs"])
    assert "\\x1b]0;owned" in done.output
    assert steering(done.output) == set()


def test_a_traceback_is_shown() -> None:
    code = (
        f"from producers import terminal as t; t.guard_tracebacks(); raise ValueError({HOSTILE!r})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert "ValueError" in done.stderr
    assert steering(done.stderr) == set()


def test_a_terminal_gets_no_escape_of_others() -> None:
    """As a process of its own, as it is used."""
    done = subprocess.run(
        module("baton", "log", "--sort", HOSTILE.replace("\x00", "")),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert steering(done.stderr) == set()
