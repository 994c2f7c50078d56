"""Variables of the environment: what they say, or one error that names the one that is wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

Number = TypeVar("Number", int, float)
_LARGEST = sys.float_info.max  # so that neither inf nor nan is a number here


class Misconfigured(Exception):
    """A variable says something that cannot be used; the text names it and what is wanted."""


class Unset(Misconfigured):
    """A server is needed, and neither was its address given nor does one of our own run."""


def home(environ: Mapping[str, str] = os.environ) -> Path:
    """`BATON_HOME`, by default `.baton` in the current directory."""
    return Path(environ.get("BATON_HOME") or ".baton").absolute()


def address(name: str, server: str, environ: Mapping[str, str] = os.environ) -> str:
    """What `name` says; raises Unset.

    There is no default: what happens to listen on a usual port may be somebody else's. The command
    line sets the addresses of the stack that runs in `BATON_HOME`.
    """
    if given := environ.get(name):
        return given
    raise Unset(f"No {server} runs in {home(environ)}: start it with `baton up`, or set {name}")


def number(
    name: str, default: float, environ: Mapping[str, str] = os.environ, *, most: float = _LARGEST
) -> float:
    """What `name` says: a number above 0, up to `most`; raises Misconfigured."""
    return _read(float, "a number", name, default, environ, most)


def whole(
    name: str, default: int, environ: Mapping[str, str] = os.environ, *, most: int = sys.maxsize
) -> int:
    """What `name` says: a whole number above 0, up to `most`; raises Misconfigured."""
    return _read(int, "a whole number", name, default, environ, most)


def _read(
    kind: Callable[[str], Number],
    called: str,
    name: str,
    default: Number,
    environ: Mapping[str, str],
    most: Number,
) -> Number:
    if not (text := environ.get(name)):  # empty is unset, as for click's own variables
        return default
    try:
        value = kind(text)
        if 0 < value <= most:
            return value
    except ValueError:
        pass
    limit = "" if most in (_LARGEST, sys.maxsize) else f" and at most {most:g}"
    raise Misconfigured(f"{name} is {text!r}, and must be {called} above 0{limit}")
