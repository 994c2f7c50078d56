"""Where a local stack keeps its data, logs and records of what runs: the directory BATON_HOME."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from producers import variables
from producers.private import private

LOOPBACK = "127.0.0.1"


class StackError(Exception):
    """Something about the local stack that its user can put right; the text says how."""


@dataclass(frozen=True)
class Home:
    """The directory of one local stack."""

    path: Path

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Home:
        """The one that `BATON_HOME` names."""
        return cls(variables.home(environ))

    def data(self, name: str) -> Path:
        """Where the process `name` keeps its data."""
        return self.path / name

    def log(self, name: str) -> Path:
        """What the process `name` prints."""
        return self.path / "logs" / f"{name}.log"

    def record(self, name: str) -> Path:
        """What is known of the running process `name`."""
        return self.path / "run" / f"{name}.json"

    def create(self) -> None:
        """Make the directories, readable by their owner alone (they hold people's names).

        Raises Misconfigured where another user owns them.
        """
        private(self.path)
        for part in ("logs", "run"):
            (self.path / part).mkdir(mode=0o700, exist_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only one to start or stop processes here; a second caller waits."""
        self.create()
        with (self.path / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def held(self, what: str) -> Iterator[None]:
        """Be the only `what` in this directory; raises StackError if there is one."""
        self.create()
        with (self.path / f"{what}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StackError(
                    f"A {what} runs in {self.path} already. Stop it with Ctrl-C, or choose another"
                    " directory with BATON_HOME."
                ) from None
            yield


def free_port(preferred: int | None = None) -> int:
    """A TCP port of the loopback interface that nobody listens on now: `preferred`, if it is."""
    if preferred and is_free(preferred):
        return preferred
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        port: int = listener.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback interface."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
