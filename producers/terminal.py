"""The one way to the terminal: text that others have written is shown and never obeyed.

Control characters (of ASCII, and those from 0x80 on), what turns the direction of reading, and
invisible tags come out as escapes such as `\\x1b` or `\\u202e`; rich's markup is never read.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

_STEERING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)


def plain(text: str) -> str:
    """One line that cannot steer a terminal, whatever it holds."""
    return _STEERING.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def plain_lines(text: str) -> str:
    """The same for several: line feeds stay."""
    return "\n".join(map(plain, text.split("\n")))


def say(*lines: str, err: bool = False) -> None:
    """Print lines; a line feed in one of them is somebody else's, and escaped."""
    click.echo("\n".join(map(plain, lines)), err=err)


def say_lines(text: str, err: bool = False) -> None:
    """Print text of several lines."""
    click.echo(plain_lines(text), err=err)


def say_json(document: str | bytes) -> None:
    """Print JSON: the same values, escaped as JSON does it."""
    text = document if isinstance(document, str) else document.decode()
    lines = (_STEERING.sub(lambda c: json.dumps(c[0])[1:-1], one) for one in text.split("\n"))
    click.echo("\n".join(lines))


def page(lines: Iterable[str]) -> None:
    """Print lines through the user's pager."""
    click.echo_via_pager(f"{plain(line)}\n" for line in lines)


def console(stderr: bool = False) -> Console:
    """rich's console, for tables and what moves."""
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment

    class Plain(Console):
        def render(
            self, renderable: RenderableType, options: ConsoleOptions | None = None
        ) -> Iterable[Segment]:
            for one in super().render(renderable, options):
                yield one if one.control else Segment(plain_lines(one.text), one.style)

    return Plain(stderr=stderr, highlight=False, markup=False, emoji=False)


class Formatter(logging.Formatter):
    """A record as one line; its traceback, if it has one, below."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line."""
        return plain(super().formatMessage(record))

    def format(self, record: logging.LogRecord) -> str:
        """The line and the traceback."""
        return plain_lines(super().format(record))


def log_to(file: Path | None) -> None:
    """Log into a file, or else on standard error."""
    handler = logging.FileHandler(file) if file else logging.StreamHandler()
    handler.setFormatter(Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def guard_tracebacks() -> None:
    """A mistake of ours, too, is told with what others have written in it."""

    def tell(*raised: Any) -> None:
        say_lines("".join(traceback.format_exception(*raised)).rstrip(), err=True)

    sys.excepthook = tell
