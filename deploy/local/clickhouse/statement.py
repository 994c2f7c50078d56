"""Reading a statement as far as an HTTP front must: its kind, its FORMAT, where its data begin.

It decides which way a statement takes. What a statement may do, the engine decides. SQL with bytes
in it that are not UTF-8 becomes a string with surrogate escapes.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from deploy.local.clickhouse.lexer import Token, tokens

SHORT = 4096
_DEFAULT = "DEFAULT of a setting"


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


def settings_of(query: Query) -> dict[str, str | None] | None:
    """What a SET of plain numbers and strings sets (None: its default); None if it is no such."""
    if query.words[:1] != ("SET",):
        return None
    pairs: dict[str, str | None] = {}
    for pair in _between_commas(query.tokens[1:]):
        if len(pair) < 3 or pair[1].text != b"=" or pair[0].kind not in ("word", "quoted"):
            return None
        sign = _text(pair[2].text) if pair[2].text == b"-" and len(pair) == 4 else ""
        value = _plain(pair[-1])
        if value is None or len(pair) != (4 if sign else 3):
            return None
        pairs[_text(pair[0].text).strip('`"')] = None if value is _DEFAULT else sign + value
    return pairs


def _between_commas(found: tuple[Token, ...]) -> Iterator[list[Token]]:
    part: list[Token] = []
    for token in found:
        if token.text == b",":
            yield part
            part = []
        else:
            part.append(token)
    yield part


def database_of(query: Query) -> str | None:
    """The database that a USE of one plain name names."""
    if query.words[:1] != ("USE",) or len(query.tokens) != 2:
        return None
    token = query.tokens[1]
    plain = token.kind == "word" or (token.kind == "quoted" and b"\\" not in token.text)
    return _text(token.text).strip('`"') if plain else None


def _plain(token: Token) -> str | None:
    text = _text(token.text)
    if token.kind == "number":
        return text
    if token.kind == "string" and text[0] == text[-1] == "'" and "\\" not in text:
        return text[1:-1].replace("''", "'")
    words = {"DEFAULT": _DEFAULT, "TRUE": "1", "FALSE": "0"}
    return words.get(token.keyword)
