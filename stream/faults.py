"""Points at which a test can end the process, as a power cut would.

Without `BATON_FAULT` in the environment a point is an empty function. With `BATON_FAULT=name:n`
the process kills itself the n-th time it passes the point of that name; `name:n:stop` freezes it
(SIGSTOP) instead, `name:n:raise` raises RuntimeError there, and `name:n:hang` never comes back.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable

from producers.variables import Misconfigured


def _armed(spec: str) -> Callable[[str], None]:
    wanted, nth, action = (
        (*spec.split(":"), "1", "kill")[:3] if ":" in spec else (spec, "1", "kill")
    )
    if not nth.isdecimal():
        wanted = "name, name:n or name:n:action"
        raise Misconfigured(f"BATON_FAULT is {spec!r}, and must be {wanted}")
    left = int(nth)

    def point(name: str) -> None:
        nonlocal left
        if name != wanted:
            return
        left -= 1
        if left != 0:
            return
        if action == "raise":
            raise RuntimeError(f"fault point {name}")
        if action == "hang":
            threading.Event().wait()
        os.kill(os.getpid(), signal.SIGSTOP if action == "stop" else signal.SIGKILL)

    return point


def _idle(name: str) -> None:
    """What a fault point costs in normal running: one call per step of a batch."""


point: Callable[[str], None] = _armed(spec) if (spec := os.environ.get("BATON_FAULT")) else _idle
