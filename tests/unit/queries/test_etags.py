from __future__ import annotations

import re
from pathlib import Path

import pytest

from queries import sql
from queries.api.etags import names
from sink.chain import tables


@pytest.mark.parametrize(
    ("known", "has_it"),
    [
        ('W/"a1"', True),
        ('"a1"', True),
        ('"x", W/"y",W/"a1" , "z"', True),
        ('"x,y", "a1"', True),
        ("", False),
        ('W/"a2"', False),
        ('"x, W/a1"', False),
        ("a1", False),
        ("*", False),
        ('w/"a"1""', False),
    ],
)
def test_tags_are_compared_weakly(known: str, has_it: bool) -> None:
    assert names(known, 'W/"a1"') is has_it


def test_the_version_is_of_every_table_that_is_read() -> None:
    folder = Path(sql.__file__).parent
    texts = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.sql")}
    named = re.findall(r"'(\w+)'", texts.pop("version").partition("AS read")[0])
    read = {table for text in texts.values() for table in re.findall(r"FROM (\w+)", text)}
    assert set(named) == read & set(tables())
