"""Processes of a stack that no record names: what a killed keeper or command left behind.

Each process that a stack starts has the stack's directory in its environment, and hands it on to
whatever it starts; so it is found, whoever started it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass

import psutil

from deploy.local import process
from deploy.local.home import Home


@dataclass(frozen=True)
class Left:
    """A process that belongs to a stack, and to none of the recorded ones."""

    pid: int
    created: float
    name: str


def behind(home: Home) -> list[Left]:
    """Every one that runs, oldest first."""
    here = process.stack_of(home)
    ours = {one.pid for running in process.find_all(home) for one in process.family(running)}
    ours |= {one.pid for one in [psutil.Process(), *psutil.Process().parents()]}
    found = []
    for one in psutil.process_iter():
        with suppress(psutil.Error):
            if one.pid in ours or one.uids().effective != os.geteuid():
                continue
            environ = one.environ()
            if environ.get(process.STACK) == here and one.status() != psutil.STATUS_ZOMBIE:
                name = environ.get(process.PART, one.name())
                found.append(Left(one.pid, one.create_time(), name))
    return sorted(found, key=lambda left: left.created)


def end(found: list[Left], patience: float = 20) -> None:
    """Ask them to end, the newest first; kill those that have not after `patience` seconds."""
    there = []
    for left in reversed(found):
        with suppress(psutil.NoSuchProcess):
            one = psutil.Process(left.pid)
            if abs(one.create_time() - left.created) < 0.01:
                one.terminate()
                there.append(one)
    for one in psutil.wait_procs(there, patience)[1]:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    psutil.wait_procs(there, 10)
