"""`python -m deploy.local.clickhouse`: serve a data directory on this machine."""

from __future__ import annotations

import ctypes
import logging
import os
import shutil
import sys
import tempfile
from pathlib import Path

import click
import psutil
import uvloop

from deploy.local.clickhouse import users as users_file
from deploy.local.clickhouse.confinement import confine
from deploy.local.clickhouse.users import Users
from producers.terminal import log_to, say

DEFAULT_PORT = 8123
_GIBIBYTE = 1 << 30
# Of glibc's malloc.h, and what is kept.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT_BYTES, _LARGE_BYTES = 64 << 20, 32 << 20


@click.command()
@click.option("--path", type=click.Path(path_type=Path), required=True, help="Data directory.")
@click.option("--port", type=int, default=DEFAULT_PORT, show_default=True)
@click.option(
    "--users",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="Users file; made, with new passwords, if it is not there.",
)
@click.option("--memory", type=int, help="Cap in bytes.  [default: a third of RAM, at most 4 GiB]")
@click.option("--log", type=click.Path(path_type=Path), help="Log file.  [default: stderr]")
@click.option(
    "--timeout",
    type=float,
    default=30.0,
    show_default=True,
    help="Seconds for which a client is waited for that neither sends nor takes anything.",
)
def main(
    path: Path, port: int, users: Path, memory: int | None, log: Path | None, timeout: float
) -> None:
    """Serve ClickHouse's HTTP interface from the chDB engine, on loopback only."""
    log_to(log)
    keep_freed_memory()
    temporary, scratch = Path(tempfile.gettempdir()), Path(tempfile.mkdtemp(prefix="clickhouse-"))
    try:
        path.mkdir(parents=True, exist_ok=True)
        users_file.ensure(users)
        known = users_file.load(users)
        tempfile.tempdir = os.environ["TMPDIR"] = str(scratch)
        logging.info("%s", confine([path, scratch], temporary, port))
        _serve(path, port, known, memory or default_memory(), timeout)
    except (RuntimeError, ValueError, OSError) as problem:
        logging.error("%s", problem)
        if log is not None:
            say(str(problem), err=True)
        sys.exit(1)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _serve(path: Path, port: int, known: Users, memory: int, timeout: float) -> None:
    # What the engine's library starts when it is loaded is to be confined, too.
    from deploy.local.clickhouse.engine import DataDirectoryTaken
    from deploy.local.clickhouse.server import serve

    try:
        uvloop.run(serve(path, port, known, memory, timeout))
    except DataDirectoryTaken as taken:
        raise RuntimeError(taken) from None


def keep_freed_memory() -> None:
    """Have glibc keep some of what is freed, rather than return it at once.

    Rows come and go by the mebibyte; to get each page anew takes longer than to copy them.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)


def default_memory() -> int:
    """A third of the machine's memory, at least 1 GiB, at most 4."""
    third: int = psutil.virtual_memory().total // 3
    return min(max(third, _GIBIBYTE), 4 * _GIBIBYTE)


if __name__ == "__main__":
    main()
