"""Taking a file of SQL apart into its statements. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Whatever may hold a semicolon that ends nothing: comments, quoted text and quoted names, each
# with its escapes, and ClickHouse's heredocs ($tag$ ... $tag$).
_TOKEN = re.compile(
    r"""
    (?P<comment> --[^\n]* | /\*.*?\*/ )
  | (?P<quoted> '(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*" | `(?:[^`\\]|\\.|``)*` )
  | (?P<heredoc> \$(?P<tag>\w*)\$ .*? \$(?P=tag)\$ )
  | (?P<end> ; )
  | (?P<other> [^-/'"`$;]+ | . )
    """,
    re.VERBOSE | re.DOTALL,
)


def split(sql: str) -> list[str]:
    """The statements of `sql`, in order, with the comments that stand before and in them and
    without their semicolons; what is only comment is none."""
    return list(_statements(sql))


def _statements(sql: str) -> Iterator[str]:
    text, has_code = "", False
    for token in _TOKEN.finditer(sql):
        if token.lastgroup == "end":
            if has_code:
                yield text.strip()
            text, has_code = "", False
            continue
        text += token.group()
        has_code |= token.lastgroup != "comment" and not token.group().isspace()
    if has_code:
        yield text.strip()
