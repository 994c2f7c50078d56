"""What is read of a statement takes steps that grow with its length alone, whatever it holds.

A step is a byte that is looked at: each search of the lexer's says how far it had to look. Steps do
not depend on the machine, as seconds do.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.clickhouse import lexer

PIECES = [
    *(b"\xe2\x80\x9c", b"\xe2\x80\x98", b"\xe2\x80\x9d", b"'", b"\\'", b'"', b"`", b"\\", b"$"),
    *(b"$x$", b"/*", b"*/", b"--", b"\n", b"1,", b"a", b"0x", b"1_", b".", b" ", b"x'", b"("),
]
OPENING = re.compile(rb"['\"`]|\xe2\x80[\x98\x9c]")


def steps(sql: bytes) -> int:
    """The bytes of all tokens, and for each opening that is not closed, what lies behind it."""
    total = 0
    for token in lexer.tokens(sql):
        total += token.end - token.start
        if token.kind == "other" and _opens(sql, token):
            total += len(sql) - token.end
    return total


def _opens(sql: bytes, token: lexer.Token) -> bool:
    """Whether a search for what closes it must have gone on to the end, in vain."""
    return OPENING.match(sql, token.start) is not None


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6))
def test_steps_grow_with_the_length(pieces: list[bytes]) -> None:
    for times in (100, 200):
        text = b"".join(pieces) * times
        assert steps(text) <= 4 * len(text)


def test_heredocs_that_are_not_closed_are_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []

    class Mark:
        pattern = lexer._HEREDOC_MARK

        def finditer(self, sql: bytes) -> object:
            looked_at.append(len(sql))
            return self.pattern.finditer(sql)

    monkeypatch.setattr(lexer, "_HEREDOC_MARK", Mark())
    text = b" ".join(b"$x%d$" % number for number in range(5000))
    assert sum(1 for _ in lexer.tokens(text)) == 5000
    assert looked_at == [len(text)]


def test_a_heredoc_ends_where_its_tag_comes_again() -> None:
    found = [token.text for token in lexer.tokens(b"$a$ $b$ $a$ $$x$$ $c$d")]
    assert found == [b"$a$ $b$ $a$", b"$$x$$", b"$c$d"]
