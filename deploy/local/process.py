"""Processes that outlive the command that started them, found again by pid and start time.

A pid alone is not enough: after a restart of the machine it belongs to somebody else. So a record
holds the start time beside it, and a process that differs in either is never touched.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import psutil

from deploy.local.home import Home, StackError

LOG_KEPT = 10_000_000
"""Bytes of a log from which it is set aside (one older is kept) when its process starts."""


STACK, PART = "BATON_STACK", "BATON_PART"
"""Variables by which a process of a stack is known: the stack's directory and its own name."""


@dataclass(frozen=True)
class Running:
    """A process as it was started: what stands in its record."""

    name: str
    pid: int
    created: float
    version: str = ""
    ports: dict[str, int] = field(default_factory=dict)

    def process(self) -> psutil.Process | None:
        """The live process, or None if it is gone or its pid belongs to another one now."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) < 0.01
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None


def family(running: Running) -> list[psutil.Process]:
    """The live process and all it has started."""
    process = running.process()
    try:
        return [process, *process.children(recursive=True)] if process else []
    except psutil.NoSuchProcess:
        return []


def listens(running: Running, port: int) -> bool:
    """Whether it, and nobody else, accepts connections on `port`."""
    for process in family(running):
        with suppress(psutil.Error):
            for connection in process.net_connections("tcp"):
                if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
                    return True
    return False


def find(home: Home, name: str) -> Running | None:
    """The process `name` of this stack, if it runs."""
    try:
        running = Running(**orjson.loads(home.record(name).read_bytes()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return running if running.process() else None


def find_all(home: Home) -> list[Running]:
    """Every process of this stack that runs, in the order of their start."""
    found = filter(None, (find(home, name) for name in _recorded(home)))
    return sorted(found, key=lambda running: (running.created, running.pid))


def ended(home: Home) -> list[str]:
    """Names of those that were started, were not stopped, and run no more."""
    return [name for name in _recorded(home) if find(home, name) is None]


def start(
    home: Home,
    name: str,
    command: Sequence[str | Path],
    environ: Mapping[str, str],
    ports: Mapping[str, int] | None = None,
    version: str = "",
) -> Running:
    """Start `command` in a session of its own, printing into its log, and record it.

    `environ` is added to this process's environment.
    """
    home.create()
    log = home.log(name)
    if log.exists() and log.stat().st_size > LOG_KEPT:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as output:
        child = subprocess.Popen(
            [str(part) for part in command],
            env={**os.environ, **environ, STACK: stack_of(home), PART: name},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,
        )
    running = Running(
        name=name,
        pid=child.pid,
        created=psutil.Process(child.pid).create_time(),
        version=version,
        ports=dict(ports or {}),
    )
    _write(home.record(name), orjson.dumps(running))
    return running


def stack_of(home: Home) -> str:
    """What stands in STACK, however the directory was named."""
    return str(home.path.resolve())


def stop(home: Home, running: Running, patience: float = 20) -> None:
    """Ask the process to end (SIGTERM); after `patience` seconds end its whole session."""
    process = running.process()
    if process:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
            if not _gone(running, patience):
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                _gone(running, 10)
    home.record(running.name).unlink(missing_ok=True)


def wait_ready(home: Home, running: Running, ready: Callable[[], bool], patience: float) -> None:
    """Wait until `ready`, at most `patience` seconds.

    Raises StackError with the end of the log if the process ends or takes too long. Whatever ends
    the waiting, Ctrl-C too, ends the process as well.
    """
    try:
        deadline = time.monotonic() + patience
        while not ready():
            if running.process() is None:
                raise StackError(_failure(home, running.name, "ended right after its start"))
            if time.monotonic() > deadline:
                raise StackError(_failure(home, running.name, f"did not answer in {patience:g} s"))
            time.sleep(0.05)
    except BaseException:
        stop(home, running)
        raise


def tail(path: Path, lines: int) -> list[str]:
    """The last lines of a text file (it may be large); none if it is not there."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - lines * 400))
            return file.read().decode(errors="replace").splitlines()[-lines:]
    except FileNotFoundError:
        return []


def _recorded(home: Home) -> list[str]:
    return sorted(path.stem for path in (home.path / "run").glob("*.json"))


def _failure(home: Home, name: str, what: str) -> str:
    log = home.log(name)
    return "\n  ".join([f"{name} {what}. The end of {log}:", *tail(log, 15)])


def _gone(running: Running, patience: float) -> bool:
    """Whether the process ends in time; one that only its parent has not noticed yet has ended."""
    deadline = time.monotonic() + patience
    while running.process() is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: another command may read it at any moment."""
    draft = path.with_suffix(".draft")
    draft.write_bytes(content)
    draft.replace(path)
