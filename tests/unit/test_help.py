"""--help, as somebody reads it who meets the commands for the first time."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from baton import COMMANDS, main
from queries.log import Sort


def every(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        for part, below in command.commands.items():
            yield from every(f"{name} {part}", below)


ALL = [
    found
    for name in COMMANDS
    for found in every(name, main.get_command(click.Context(main), name) or main)
]
OPTIONS = [
    pytest.param(name, option, id=f"{name} {option.opts[0]}")
    for name, command in ALL
    for option in command.params
    if isinstance(option, click.Option)
]


def shown(name: str) -> str:
    return CliRunner().invoke(main, [*name.split(), "--help"], terminal_width=80).output


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_an_option_says_what_it_is_for(name: str, option: click.Option) -> None:
    assert option.help


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_a_default_is_shown(name: str, option: click.Option) -> None:
    default = option.get_default(click.Context(click.Command(name)))
    if isinstance(default, str | float) and default != "" and not option.is_flag:
        assert option.show_default


@pytest.mark.parametrize("name", ["", *(name for name, _ in ALL)])
def test_no_sentence_is_cut_and_no_format_is_left_to_guess(name: str) -> None:
    text = shown(name)
    assert re.findall(r"^.*\w\.\.\.$", text, re.MULTILINE) == []
    assert "%Y" not in text


@pytest.mark.parametrize(
    "name",
    [name for name, command in ALL if any(getattr(p, "multiple", False) for p in command.params)],
)
def test_what_may_be_given_several_times_says_so(name: str) -> None:
    assert re.search(r"\(or several\)|given several times", shown(name))


def test_the_columns_to_sort_by_are_named_by_help_and_error() -> None:
    done = CliRunner().invoke(main, ["log", "--sort", "nope"])
    columns = [str(one) for one in Sort if not one.descending]
    assert done.exit_code == 1
    for text in (" ".join(shown("log").split()), done.output):
        assert [column for column in columns if column not in text] == []


@pytest.mark.parametrize(
    "line",
    [
        "topics --partitions 0 --show",
        "topics --partitions -1",
        "pause --partition -1",
        "resume --partition -1",
        "sink resolve --from-offset -5",
        "sink resolve --partition -1 --from-offset 0",
    ],
)
def test_a_number_that_cannot_be_is_refused(line: str) -> None:
    done = CliRunner().invoke(main, line.split())
    assert done.exit_code == 2
    assert "is not in the range x>=" in done.output
