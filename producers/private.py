"""Directories that their owner alone can look into."""

from __future__ import annotations

import os
from pathlib import Path

from producers.terminal import say
from producers.variables import Misconfigured

_OTHERS = 0o077


def private(path: Path) -> Path:
    """Make the directory, closed to all but its owner; one that is open is closed, and that said.

    Raises Misconfigured where it, or a link in its place, is another user's: who owns it can put
    anything into it.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    for found in (path.lstat(), path.stat()):
        if found.st_uid != os.geteuid():
            raise Misconfigured(
                f"{path} belongs to user {found.st_uid}, who could read and change all of it:"
                " choose another directory with BATON_HOME"
            )
    if found.st_mode & _OTHERS:
        path.chmod(found.st_mode & 0o700)
        say(f"{path} was open to other users; it is closed to them now.", err=True)
    return path
