"""Saying who is in the way when a port or a data directory is taken."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import psutil

from deploy.local.home import StackError, is_free


def refuse_if_taken(port: int, advice: str) -> None:
    """Raise StackError if somebody listens on `port`: who, where that can be told, and `advice`."""
    if not is_free(port):
        owner = _listener(port)
        raise StackError(f"Port {port} is taken by {_named(owner)}. {advice}")


def refuse_if_held(file: Path, directory: Path) -> None:
    """Raise StackError if some process holds `file` open: `directory` is in use by it."""
    if file.exists() and (owner := _holder(file)):
        raise StackError(
            f"The data directory {directory} is in use by {_named(owner)}, which this stack has no"
            " record of. Stop that process, or choose another directory with BATON_HOME."
        )


def _named(process: psutil.Process | None) -> str:
    if process:
        with suppress(psutil.Error):
            return f"process {process.pid} ({process.name()})"
    return "another process"


def _holder(file: Path) -> psutil.Process | None:
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if any(one.path == str(file) for one in process.open_files()):
                return process
    return None


def _listener(port: int) -> psutil.Process | None:
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            for connection in process.net_connections("tcp"):
                if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
                    return process
    return None
