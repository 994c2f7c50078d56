"""CSV, read strictly: what cannot be read ends the reading, which never goes on inside a cell."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import chain

LONGEST_CELL = 64 * 1024 * 1024
"""Characters, so that a quote that is never closed does not take all the memory."""
_SEPARATOR = re.compile(r'"?sep=(.)"?', re.IGNORECASE)


class Unreadable(ValueError):
    """The rest of a file cannot be read; the text names the line, and what is wrong there."""


def records(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Every record with the line it begins on; raises Unreadable.

    Empty lines are passed over. Where the first is `sep=;`, as Excel writes and reads it, that is
    the delimiter."""
    csv.field_size_limit(LONGEST_CELL)  # of the process: the module has no other
    feed = _Lines(lines)
    first, delimiter = _first(feed, delimiter)
    reader = csv.reader(chain(first, feed), delimiter=delimiter, strict=True)
    begins = feed.number
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable(_fault(str(error), feed, begins, delimiter)) from None
        if row:
            yield begins, row
        begins = feed.number + 1
        feed.quoted.clear()


class _Lines:
    """Lines, counted; those of the present record that hold quotes are kept to find a fault."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.number = 0
        self.quoted: list[tuple[int, str]] = []

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.number += 1
            if '"' in line:
                self.quoted.append((self.number, line))
            yield line


def _first(feed: _Lines, delimiter: str) -> tuple[list[str], str]:
    """The first line that says anything (none in an empty file), and the delimiter."""
    for line in feed:
        if said := _SEPARATOR.fullmatch(line.rstrip("\r\n")):
            delimiter = said[1]
        elif line.strip(delimiter + " \t\r\n"):
            return [line], delimiter
        feed.quoted.clear()
    return [], delimiter


def _fault(reason: str, feed: _Lines, begins: int, delimiter: str) -> str:
    opens = _last_opening(feed.quoted, delimiter)
    if opens is None:
        return f"line {begins}: {reason}"
    if "end of data" in reason:
        return f"line {opens}: the quote that opens here is never closed"
    if "field larger" in reason:
        return (
            f"line {opens}: the quote that opens here is not closed within {LONGEST_CELL:,}"
            " characters"
        )
    return (
        f"line {opens}: the quote that opens here has text behind its end on line {feed.number};"
        " is it meant to be closed before? (A quote inside of a cell is written twice.)"
    )


def _last_opening(quoted: list[tuple[int, str]], delimiter: str) -> int | None:
    """The line on which the last quoted cell of a record opens."""
    opening = re.compile(f'(?:^|{re.escape(delimiter)})"')
    closing = re.compile('"(?!")|""')
    opens, inside = None, False
    for number, line in quoted:
        position = 0
        while found := (closing if inside else opening).search(line, position):
            position = found.end()
            if found[0] != '""' or not inside:
                opens, inside = (opens, False) if inside else (number, True)
    return opens
