"""Baton as it is installed: its version, and how its processes start one another."""

from __future__ import annotations

import sys
from importlib import metadata

DISTRIBUTION = "baton-assignments"


def version() -> str:
    """The version that runs."""
    return metadata.version(DISTRIBUTION)


def module(name: str, *arguments: str) -> list[str]:
    """The command `python -m name`, which never takes a module from the current directory: a
    `stream.py` or `queries.py` that somebody has there would stand in for Baton's own."""
    return [sys.executable, "-P", "-m", name, *arguments]
