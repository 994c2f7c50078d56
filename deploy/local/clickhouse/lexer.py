"""SQL in tokens, in time that grows with its length alone, whatever it is.

Everything works on bytes, as the data that follow an INSERT need not be text.
"""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

# As ClickHouse's lexer has it (src/Parsers/Lexer.cpp): what it takes for a name, this must, too.
# What is not closed takes all that follows, so that no part of a text is looked at again and again.
_TOKEN = re.compile(
    rb"""
    (?P<blank>\s+|(?:--|//|\#[!\ ])[^\n]*)
  | (?P<unicode_blank>\xc2[\x85\xa0]|\xe1(?:\xa0\x8e|\x9a\x80)
        |\xe2(?:\x80[\x80-\x8b\xa8\xa9\xaf]|\x81[\x9f\xa0])|\xe3\x80\x80|\xef\xbb\xbf)
  | (?P<comment>/\*)
  | (?P<string>'(?:[^'\\]++|\\.|'')*+'|\xe2\x80\x98.*?\xe2\x80\x99|[xX]'[0-9a-fA-F]*+'|[bB]'[01]*+')
  | (?P<quoted>"(?:[^"\\]++|\\.|"")*+"|`(?:[^`\\]++|\\.|``)*+`|\xe2\x80\x9c.*?\xe2\x80\x9d)
  | (?P<unclosed>(?:['"`]|\xe2\x80[\x98\x9c]).*)
  | (?P<heredoc>\$\w*+\$)
  | (?P<word>[A-Za-z_][\w$]*|\$\w[\w$]*)
  | (?P<number>
        (?:0[xX][0-9a-fA-F](?:_?[0-9a-fA-F])*(?:\.(?:[0-9a-fA-F](?:_?[0-9a-fA-F])*)?)?
            (?:[pP][+-]?(?:\d(?:_?\d)*)?)?
        |(?:0[bB][01](?:_?\d)*|\d(?:_?\d)*)(?:\.(?:\d(?:_?\d)*)?)?(?:[eE][+-]?(?:\d(?:_?\d)*)?)?)
        (?P<more>\w+)?)
  | (?P<fraction>\.\d(?:_?\d)*(?:[eE][+-]?(?:\d(?:_?\d)*)?)?)
  | (?P<other>.)
    """,
    re.DOTALL | re.VERBOSE,
)
_DOLLAR = re.compile(rb"(?P<word>\$\w[\w$]*)|(?P<other>\$)")
_HEREDOC_MARK = re.compile(rb"\$(?=(\w*+)\$)")
_AFTER_DOT = re.compile(rb"(?P<number>\d(?:_?\d)*(?P<more>\w+)?)")
_DOT = re.compile(rb"(?P<other>\.)")
_NAME = re.compile(rb"\w+")
_COMMENT_MARK = re.compile(rb"/\*|\*/")
_OPEN, _CLOSE = b"([{", b")]}"


@dataclass(frozen=True)
class Token:
    """A piece of SQL that is neither blank nor comment, and how deep in brackets it lies."""

    kind: str
    text: bytes
    start: int
    end: int
    depth: int

    @property
    def keyword(self) -> str:
        """The word in capitals; empty for everything that is no bare word."""
        return self.text.decode().upper() if self.kind == "word" else ""


def tokens(sql: bytes) -> Iterator[Token]:
    """Split SQL; a bracket that opens or closes counts as outside of what it encloses."""
    depth = at = 0
    before = Token("", b"", 0, 0, 0)
    heredocs = _Heredocs(sql)
    while found := _match(sql, at, before, heredocs):
        kind, start, at = _kind(found), found.start(), found.end()
        if kind == "comment":
            at = _comment_end(sql, at)
        elif kind == "heredoc":
            at = heredocs.end(found)
        if kind in ("blank", "comment"):
            continue
        text = sql[start:at]
        if kind == "other" and text in _CLOSE:
            depth -= 1
        token = Token(kind, text, start, at, depth)
        yield token
        if kind == "other" and text in _OPEN:
            depth += 1
        if found.lastgroup != "unicode_blank":
            before = token


class _Heredocs:
    """Where each `$tag$` stands, found in one pass, when the first of them is met."""

    def __init__(self, sql: bytes) -> None:
        self._sql = sql

    @functools.cached_property
    def _marks(self) -> dict[bytes, list[int]]:
        marks: dict[bytes, list[int]] = {}
        for mark in _HEREDOC_MARK.finditer(self._sql):
            marks.setdefault(mark[1], []).append(mark.start())
        return marks

    def end(self, opening: re.Match[bytes]) -> int:
        """Where the heredoc that opens here ends; 0 if it does not."""
        tag = opening.group()[1:-1]
        places = self._marks[tag]
        index = bisect.bisect_left(places, opening.end())
        return places[index] + len(tag) + 2 if index < len(places) else 0


def _kind(found: re.Match[bytes]) -> str:
    kind = found.lastgroup or "other"
    if kind == "fraction":
        return "number"
    if kind == "unicode_blank":
        # The engine does nothing, and says nothing, where a statement begins with one.
        return "other"
    is_name = kind == "number" and found["more"] and _NAME.fullmatch(found.group())
    return "word" if is_name else kind


def _match(sql: bytes, at: int, before: Token, heredocs: _Heredocs) -> re.Match[bytes] | None:
    """The next token: `x.1.1` reaches into tuples, and has no fractions."""
    if before.text == b"." and (whole := _AFTER_DOT.match(sql, at)):
        return whole
    found = _TOKEN.match(sql, at)
    if found is None:
        return None
    if found.lastgroup == "fraction" and _is_operand(before):
        return _DOT.match(sql, at)
    if found.lastgroup == "heredoc" and not heredocs.end(found):
        return _DOLLAR.match(sql, at)
    return found


def _is_operand(token: Token) -> bool:
    return token.kind in ("word", "quoted", "number") or token.text in (b")", b"]")


def _comment_end(sql: bytes, at: int) -> int:
    """Comments may lie in comments."""
    depth = 1
    for mark in _COMMENT_MARK.finditer(sql, at):
        depth += 1 if mark.group() == b"/*" else -1
        if not depth:
            return mark.end()
    return len(sql)
