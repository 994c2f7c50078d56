"""What README promises is there: its commands, its make targets, its folders, its picture."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from baton import COMMANDS, main

ROOT = Path(__file__).parents[2]
READMES = [ROOT / "README.md", *ROOT.glob("[a-z]*/README.md")]


def code(text: str) -> list[str]:
    """Lines that stand indented or between fences, as a reader would copy them."""
    fenced = "\n".join(re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
    indented = re.findall(r"^ {4}(\S.*)$", text, re.MULTILINE)
    return [*fenced.splitlines(), *indented]


def commands(program: str) -> list[list[str]]:
    """Arguments of each command of `program` in the READMEs."""
    lines = [line for readme in READMES for line in code(readme.read_text(encoding="utf-8"))]
    found = [shlex.split(line, comments=True) for line in lines if line.startswith(f"{program} ")]
    return [words[1:] for words in found]


@pytest.mark.parametrize("words", commands("baton"), ids=" ".join)
def test_a_command_is_understood(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for word in words:
        if word.endswith((".toml", ".csv", ".jsonl")):
            (tmp_path / word).touch()
    command = main.get_command(click.Context(main), words[0])
    assert command, f"there is no baton {words[0]}"
    command.make_context(words[0], words[1:])


@pytest.mark.parametrize("words", commands("make"), ids=" ".join)
def test_a_target_is_there(words: list[str]) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for word in words:
        assert "=" in word or f"\n{word}: " in makefile


def test_the_map_shows_every_folder() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"^ {4}(\w+)/ ", text, re.MULTILINE))
    there = {path.parent.name for path in ROOT.glob("[a-z]*/__init__.py")}
    assert shown == there


@pytest.mark.parametrize("readme", READMES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_it_links_to_is_there(readme: Path) -> None:
    links = re.findall(r'(?:\]\(|src=")([^)#:"]+)', readme.read_text(encoding="utf-8"))
    assert [link for link in links if not (readme.parent / link).exists()] == []


@pytest.mark.parametrize("readme", READMES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_tests_it_names_are_there(readme: Path) -> None:
    files = {
        path.stem: path.read_text(encoding="utf-8") for path in ROOT.glob("tests/**/test_*.py")
    }
    there = set(files).union(*(re.findall(r"def (test_\w+)", text) for text in files.values()))
    named = re.findall(r"\b(test_\w+)", readme.read_text(encoding="utf-8"))
    assert set(named) - there == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_listed_command_says_what_it_does(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command
    assert command.get_short_help_str()
