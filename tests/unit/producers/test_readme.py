"""What the README of the room shows works as it stands there."""

from __future__ import annotations

import re

import pytest

from producers.commands import send, simulate
from producers.documents import FOLDER
from producers.event import parse
from producers.mapping import parse as parse_mapping

README = (FOLDER / "README.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found
    return found[1]


def test_the_event_keeps_the_contract() -> None:
    assert parse(block("json"))


def test_the_mapping_is_one() -> None:
    assert parse_mapping(block("toml").encode())


@pytest.mark.parametrize("option", sorted(set(re.findall(r"--[a-z-]+", README))))
def test_every_option_named_is_there(option: str) -> None:
    known = {name for command in (send, simulate) for p in command.params for name in p.opts}
    assert option in known
