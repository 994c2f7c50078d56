"""Reading a statement as far as an HTTP front must: its kind, its FORMAT, where its data begin.

Everything works on bytes, as the data that follow an INSERT need not be text; SQL with bytes in it
that are not UTF-8 becomes a string with surrogate escapes.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

# As ClickHouse's lexer has it (src/Parsers/Lexer.cpp): what it takes for a name, this must, too.
_TOKEN = re.compile(
    rb"""
    (?P<blank>\s+|(?:--|//|\#[!\ ])[^\n]*)
  | (?P<unicode_blank>\xc2[\x85\xa0]|\xe1(?:\xa0\x8e|\x9a\x80)
        |\xe2(?:\x80[\x80-\x8b\xa8\xa9\xaf]|\x81[\x9f\xa0])|\xe3\x80\x80|\xef\xbb\xbf)
  | (?P<comment>/\*)
  | (?P<string>'(?:[^'\\]++|\\.|'')*+'|\xe2\x80\x98.*?\xe2\x80\x99|[xX]'[0-9a-fA-F]*'|[bB]'[01]*')
  | (?P<quoted>"(?:[^"\\]++|\\.|"")*+"|`(?:[^`\\]++|\\.|``)*+`|\xe2\x80\x9c.*?\xe2\x80\x9d)
  | (?P<heredoc>\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
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
_AFTER_DOT = re.compile(rb"(?P<number>\d(?:_?\d)*(?P<more>\w+)?)")
_DOT = re.compile(rb"(?P<other>\.)")
_NAME = re.compile(rb"\w+")
_COMMENT_MARK = re.compile(rb"/\*|\*/")
_OPEN, _CLOSE = b"([{", b")]}"
SHORT = 4096


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
    while found := _match(sql, at, before):
        kind, at, text = _kind(found), found.end(), found.group()
        if kind == "comment":
            at = _comment_end(sql, at)
        if kind in ("blank", "comment"):
            continue
        if kind == "other" and text in _CLOSE:
            depth -= 1
        token = Token(kind, text, found.start(), at, depth)
        yield token
        if kind == "other" and text in _OPEN:
            depth += 1
        if found.lastgroup != "unicode_blank":
            before = token


def _kind(found: re.Match[bytes]) -> str:
    kind = found.lastgroup or "other"
    if kind == "fraction":
        return "number"
    if kind == "unicode_blank":
        # The engine does nothing, and says nothing, where a statement begins with one.
        return "other"
    is_name = kind == "number" and found["more"] and _NAME.fullmatch(found.group())
    return "word" if is_name else kind


def _match(sql: bytes, at: int, before: Token) -> re.Match[bytes] | None:
    """The next token: `x.1.1` reaches into tuples, and has no fractions."""
    if before.text == b"." and (whole := _AFTER_DOT.match(sql, at)):
        return whole
    found = _TOKEN.match(sql, at)
    if found is not None and found.lastgroup == "fraction" and _is_operand(before):
        return _DOT.match(sql, at)
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


def _text(sql: bytes) -> str:
    return sql.decode(errors="surrogateescape")


@dataclass(frozen=True)
class Insert:
    """An INSERT whose rows follow it from `data_at` on; `settings` is its clause, or empty."""

    head: str
    settings: str
    format: str
    data_at: int


@dataclass(frozen=True, eq=False)
class Query:
    """Any other statement: what stands before and after its FORMAT clause, if it has one."""

    words: tuple[str, ...]
    before: str
    format: str | None
    after: str
    tokens: tuple[Token, ...]

    @functools.cached_property
    def sql(self) -> str:
        """The statement as it came, but for a semicolon at its end."""
        clause = f"\nFORMAT {self.format} " if self.format else ""
        return f"{self.before}{clause}{self.after}"

    @functools.cached_property
    def keywords(self) -> frozenset[str]:
        """All bare words in it, in capitals."""
        return frozenset(token.keyword for token in self.tokens)

    @functools.cached_property
    def inserts(self) -> bool:
        """Whether it is an INSERT, one without rows that follow it."""
        return is_insert(self.before.encode(errors="surrogateescape"))


def is_insert(sql: bytes) -> bool:
    """Whether the statement is an INSERT, perhaps after a WITH clause."""
    return next(_from_insert(sql), None) is not None


def find_insert(sql: bytes) -> Insert | None:
    """The INSERT at the beginning of `sql`, or None: another statement, or not all of it yet."""
    stream = iter(_target_skipped(sql))
    settings_at, before = None, b""
    for token in stream:
        if token.depth:
            continue
        if token.keyword == "SETTINGS" and before != b".":
            settings_at = token.start
        before = token.text
        if token.keyword in ("SELECT", "WITH"):
            return None
        if token.keyword == "VALUES":
            return _insert(sql, settings_at, token, "Values", token.end)
        if token.keyword == "FORMAT":
            name = next(stream, None)
            if name is None or name.end == len(sql):
                return None
            data_at = _data_start(sql, name.end)
            return _insert(sql, settings_at, token, _text(name.text), data_at)
    return None


def _insert(sql: bytes, settings_at: int | None, end: Token, form: str, data_at: int) -> Insert:
    at = end.start if settings_at is None else settings_at
    return Insert(_text(sql[:at]), _text(sql[at : end.start]), form, data_at)


def _from_insert(sql: bytes) -> Iterator[Token]:
    """The tokens from INSERT on; none if the statement is another."""
    stream = tokens(sql)
    first = next(stream, None)
    if first is not None and first.keyword == "WITH":
        words = (token for token in stream if token.depth == 0)
        pairs = itertools.pairwise(words)
        first = next((one for one, two in pairs if _begins(one.keyword, two.keyword)), None)
    if first is not None and first.keyword == "INSERT":
        yield first
        yield from stream


def _begins(word: str, following: str) -> bool:
    """Whether a word ends a WITH clause; `insert` alone may be a name in it."""
    return word == "SELECT" or (word, following) == ("INSERT", "INTO")


def _target_skipped(sql: bytes) -> Iterator[Token]:
    """The tokens of an INSERT after the name it writes to, which may be any word."""
    stream = _from_insert(sql)
    next(stream, None)
    for token in stream:
        if token.keyword not in ("INTO", "TABLE", "FUNCTION"):
            break
    yield from stream


def _data_start(sql: bytes, at: int) -> int:
    """Data begin after the first line break, or after blanks where there is none."""
    while at < len(sql) and sql[at] in b" \t\f;":
        at += 1
    if sql[at : at + 1] == b"\r":
        at += 1
    return at + 1 if sql[at : at + 1] == b"\n" else at


def read(text: bytes) -> tuple[Insert | Query, bytes]:
    """The statement of a whole text, and the rows that follow an INSERT in it."""
    return _read_short(text) if len(text) <= SHORT else _read(text)


def _read(text: bytes) -> tuple[Insert | Query, bytes]:
    insert = find_insert(text) or find_insert(text + b"\n")
    return (parse(text), b"") if insert is None else (insert, text[insert.data_at :])


# Clients repeat themselves.
_read_short = functools.lru_cache(maxsize=256)(_read)


def parse(sql: bytes) -> Query:
    """Take a statement apart that carries no data of its own."""
    found = list(tokens(sql))
    while found and found[-1].text == b";":
        found.pop()
    end = found[-1].end if found else len(sql)
    words = tuple(token.keyword for token in found[:6])
    clause = _format_clause(found)
    if clause is None:
        return Query(words, _text(sql[:end]), None, "", tuple(found))
    keyword, name = clause
    before, after = (
        _text(sql[: keyword.start]),
        _text(sql[name.end : end]),
    )
    return Query(words, before, _text(name.text), after, tuple(found))


def _format_clause(found: list[Token]) -> tuple[Token, Token] | None:
    """The FORMAT at the end of a statement, or before the SETTINGS at its end."""
    for index in range(len(found) - 2, 0, -1):
        keyword, name = found[index], found[index + 1]
        if keyword.keyword != "FORMAT" or keyword.depth or name.keyword in ("", "SETTINGS"):
            continue
        following = found[index + 2].keyword if index + 2 < len(found) else "SETTINGS"
        return (keyword, name) if following == "SETTINGS" else None
    return None


def settings_of(query: Query) -> dict[str, str]:
    """What a SET statement sets, as the SQL literals that stand in it."""
    pairs: dict[str, str] = {}
    found = query.tokens[1:]
    for index, token in enumerate(found[:-1]):
        if token.text == b"=" and token.depth == 0 and index:
            pairs[_text(found[index - 1].text).strip('`"')] = _literal(found[index + 1 :])
    return pairs


def settings_named(query: Query) -> set[str]:
    """What a SET statement or a SETTINGS clause, wherever it stands, may set."""
    named: set[str] = set()
    begun = query.words[:1] == ("SET",)
    before = b""
    for token in query.tokens:
        if begun and token.text == b"=":
            named.add(_text(before).strip('`"'))
        begun = begun or (token.keyword == "SETTINGS" and before != b".")
        before = token.text
    return named


def _literal(found: tuple[Token, ...]) -> str:
    parts = []
    for token in found:
        if token.text == b"," and token.depth == 0:
            break
        parts.append(_text(token.text))
    return "".join(parts)
