"""The logs of a local stack."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from deploy.local.home import Home, StackError
from deploy.local.process import tail

Show = Callable[[str], None]


def show(home: Home, name: str | None, lines: int, follow: bool, tell: Show) -> None:
    """Tell the last lines of one log or of all; with `follow` go on as long as one lets it.

    Raises StackError if there is no such log.
    """
    paths = choose(home, name)
    label = "{name} | {line}" if len(paths) > 1 else "{line}"
    ends = {path: path.stat().st_size for path in paths}
    for path in paths:
        for line in tail(path, lines):
            tell(label.format(name=path.stem, line=line))
    while follow:
        time.sleep(0.2)
        for path in paths:
            added, ends[path] = read_on(path, ends[path])
            for line in added:
                tell(label.format(name=path.stem, line=line))


def choose(home: Home, name: str | None) -> list[Path]:
    """The log of `name`, or all there are; raises StackError if that is none."""
    known = {path.stem: path for path in sorted((home.path / "logs").glob("*.log"))}
    if name is None and known:
        return list(known.values())
    if name in known:
        return [known[name]]
    there = f"There is: {', '.join(known)}." if known else f"Nothing was started in {home.path}."
    raise StackError(f"No log{f' of {name}' if name else ''}. {there}")


def read_on(path: Path, start: int) -> tuple[list[str], int]:
    """Whole lines from byte `start` on, and where to go on; from the top if it was set aside."""
    if path.stat().st_size < start:
        start = 0
    with path.open("rb") as file:
        file.seek(start)
        added = file.read()
    whole = added[: added.rfind(b"\n") + 1]
    return whole.decode(errors="replace").splitlines(), start + len(whole)
