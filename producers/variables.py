"""Variables of the environment: what they say, or one error that names the one that is wrong."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


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
