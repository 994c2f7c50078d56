"""Keeps a process of Baton running: what ends by itself with a fault is started again.

A worker or sink ends rather than go on wrongly; whoever runs it starts it again, as a container
engine would. `python -m deploy.local.keeper COMMAND...` ends with the command's code once that is
0, and, told to stop (SIGTERM, SIGINT), tells the command first. Killed, it takes the command with
it (on Linux).
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from types import FrameType

from deploy.local.parent import bound_to_parent
from producers.terminal import say

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds before the command is started again; twice as long each time, up to the longest."""
LASTED = 60.0
"""Seconds after which a command that ended counts as one that had worked."""


def keep(command: list[str]) -> int:
    """Run the command until it ends well or the keeper is told to stop; returns its exit code."""
    told = threading.Event()
    child: list[subprocess.Popen[bytes]] = []

    def stop(number: int, frame: FrameType | None) -> None:
        told.set()
        for process in child:
            process.send_signal(signal.SIGTERM)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    pause, bind = FIRST_PAUSE, bound_to_parent()
    while True:
        started = time.monotonic()
        child[:] = [subprocess.Popen(command, preexec_fn=bind)]
        if told.is_set():
            child[0].send_signal(signal.SIGTERM)
        code = child[0].wait()
        if code == 0 or told.is_set():
            return code
        pause = FIRST_PAUSE if time.monotonic() - started > LASTED else pause
        say(f"ended with {code}; starting again in {pause:g} s", err=True)
        if told.wait(pause):
            return code
        pause = min(2 * pause, LONGEST_PAUSE)


if __name__ == "__main__":
    sys.exit(keep(sys.argv[1:]))
