from __future__ import annotations

import pytest

from queries.api.files import names


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
