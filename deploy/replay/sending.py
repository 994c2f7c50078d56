"""Sending files of events before a rebuild, past the live generation's guard against floods."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from deploy.local.home import StackError
from deploy.replay.installation import Installation
from stream import control, scan


def send(there: Installation, path: Path) -> Iterator[int]:
    """Send a file with `baton send`, which may be done twice: events are known by their ids.

    To the live generation most of them may be older than its horizon. That they become dead
    letters there is what is wanted and no flood; raises StackError if not all were sent.
    """
    live = there.topics(there.live.number)
    with path.open("rb") as file:
        count = sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b"")) + 1
    for number, (_, end) in scan.whole(there.kafka, live.events).items():
        control.tell(there.kafka, live, number, flood_until=end + count)
    done = subprocess.run([sys.executable, "-m", "baton", "send", str(path)])
    if done.returncode:
        raise StackError(f"not all of {path} was sent; see above")
    yield 0
