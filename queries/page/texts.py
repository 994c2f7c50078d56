"""The page's texts, and numbers, times and durations as readers of a language see them."""

from __future__ import annotations

import tomllib
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from babel import Locale
from babel.dates import format_datetime, format_skeleton
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from producers.event import Source
from queries.periods import Step

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
_SKELETONS = {Step.HOUR: "Hm", Step.DAY: "MMMd", Step.WEEK: "MMMd", Step.MONTH: "yMMM"}


class Texts:
    """One language; `texts("log.title")` gives a text, with its blanks filled in.

    A text that goes with a number is a table of its plural forms, named as CLDR does ("one", "few",
    "other"); its blank `count` decides. Numbers in blanks are written as the language does.
    """

    def __init__(self, table: dict[str, Any]) -> None:
        self._table = table
        self._locale = Locale.parse(table["language"], sep="-")

    def __call__(self, name: str, /, **blanks: object) -> str:
        text = self._form(name, blanks.get("count"))
        return text.format(**self._written(blanks)) if blanks else text

    def markup(self, name: str, /, **blanks: object) -> Markup:
        """The same as HTML; what is filled in may be markup."""
        return escape(self._form(name, blanks.get("count"))).format(**self._written(blanks))

    def forms(self, name: str) -> Any:
        """A text as it stands in the file, for the browser to fill in."""
        section, _, key = name.rpartition(".")
        return (self._table[section] if section else self._table)[key]

    def number(self, value: float) -> str:
        """With separators for thousands."""
        return str(format_decimal(value, locale=self._locale))

    def percent(self, value: float) -> str:
        """With one decimal, as shares add up to 100.0."""
        digits = format_decimal(value, "0.0", locale=self._locale)
        return self("chart.percent_of", percent=digits)

    def source(self, value: str) -> str:
        """The name of a source; an unknown one as it is."""
        return self(f"source.{value}") if value in list(Source) else value

    def duration(self, seconds: float) -> str:
        """The two largest units, as in "3 d 4 h"; under a second "0 s"."""
        left, parts = int(seconds), []
        for size, unit in _UNITS:
            count, left = divmod(left, size)
            if count:
                parts.append(self(f"duration.{unit}", count=count))
            elif parts:
                break
        return " ".join(parts[:2]) or self("duration.s", count=0)

    def tick(self, start: datetime, step: Step) -> str:
        """Where a step of a course begins, short enough for an axis."""
        return str(format_skeleton(_SKELETONS[step], start, locale=self._locale))

    def moment(self, at: datetime) -> str:
        """Day of the week, date and time of day."""
        return str(format_datetime(at, "EEE yyyy-MM-dd HH:mm", locale=self._locale))

    def _form(self, name: str, count: object) -> str:
        found = self.forms(name)
        if isinstance(found, dict):
            plural = self._locale.plural_form(count) if isinstance(count, int) else "other"
            found = found.get(plural, found["other"])
        text: str = found
        return text

    def _written(self, blanks: dict[str, object]) -> dict[str, object]:
        return {
            name: self.number(value) if isinstance(value, int | float) else value
            for name, value in blanks.items()
        }


@cache
def load(language: str = "en") -> Texts:
    """The texts of a language; a file that is missing raises FileNotFoundError."""
    source = files("queries.page").joinpath("texts", f"{language}.toml")
    return Texts(tomllib.loads(source.read_text(encoding="utf-8")))


def local_time(at: datetime) -> str:
    """Date and time of day; milliseconds only where there are any."""
    text = at.strftime("%Y-%m-%d %H:%M:%S")
    return f"{text}.{at.microsecond // 1000:03}" if at.microsecond else text


def offset(at: datetime) -> str:
    """The offset from UTC, as in "UTC+05:45"."""
    return f"UTC{at.isoformat()[-6:]}"
