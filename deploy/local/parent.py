"""A process that ends when the one that started it does, however that ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_SET_PARENT_DEATH_SIGNAL = 1


def bound_to_parent() -> Callable[[], None] | None:
    """What a child runs before its command (`preexec_fn`) to be killed with this process, the
    parent; None where the system has nothing for it (what is left is found by its environment
    then). To be called in the parent, since the child needs to know who that was."""
    if sys.platform != "linux":
        return None
    parent, prctl = os.getpid(), ctypes.CDLL(None, use_errno=True).prctl

    def bind() -> None:
        prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it ended before it was asked for
            os.kill(os.getpid(), signal.SIGKILL)

    return bind
