"""The page's texts, and numbers, times and durations as readers see them."""

from __future__ import annotations

import tomllib
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup, escape

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


class Texts:
    """One language; `texts("log.title")` gives a text, with its blanks filled in."""

    def __init__(self, table: dict[str, Any]) -> None:
        self._table = table

    def __call__(self, name: str, /, **blanks: object) -> str:
        section, _, key = name.rpartition(".")
        text: str = (self._table[section] if section else self._table)[key]
        return text.format(**blanks) if blanks else text

    def markup(self, name: str, /, **blanks: object) -> Markup:
        """The same as HTML; what is filled in may be markup."""
        return escape(self(name)).format(**blanks)

    def number(self, value: float) -> str:
        """With a separator for thousands."""
        return f"{value:,}".replace(",", self._table["thousands"])


@cache
def load(language: str = "en") -> Texts:
    """The texts of a language; a file that is missing raises FileNotFoundError."""
    source = files("queries.page").joinpath("texts", f"{language}.toml")
    return Texts(tomllib.loads(source.read_text(encoding="utf-8")))


def duration(seconds: float) -> str:
    """The two largest units, as in "3 d 4 h"; under a second "0 s"."""
    left, parts = int(seconds), []
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
        elif parts:
            break
    return " ".join(parts[:2]) or "0 s"


def local_time(at: datetime) -> str:
    """Date and time of day; milliseconds only where there are any."""
    text = at.strftime("%Y-%m-%d %H:%M:%S")
    return f"{text}.{at.microsecond // 1000:03}" if at.microsecond else text


def offset(at: datetime) -> str:
    """The offset from UTC, as in "UTC+05:45"."""
    return f"UTC{at.isoformat()[-6:]}"
