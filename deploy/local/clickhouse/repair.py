"""Puts right, before the engine starts, what a kill in the middle of an insert leaves behind.

A non-replicated table notes an insert's token in its deduplication log and only then renames the
part into place. A kill between the two leaves a token without rows: whoever repeats the insert, as
one should, is told that it was there already, and the rows are lost. Both happen under one lock per
table, so only the last record of a log can be such a one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

_ADDED = b"1"
# partition, first and last block, level, mutation
_PART = re.compile(r"(?P<partition>[^_]+)_(?P<first>\d+)_(?P<last>\d+)_\d+(_\d+)?")


def drop_tokens_without_rows(data: Path) -> list[str]:
    """Remove the last record of each deduplication log if its part is not there.

    Returns:
        The names of those parts.
    """
    logs = sorted(data.glob("**/deduplication_logs"))
    return [part for log in logs if (part := _repair(log)) is not None]


def _repair(directory: Path) -> str | None:
    file = max((f for f in directory.iterdir() if f.stat().st_size), key=_number, default=None)
    if file is None:
        return None
    records = file.read_bytes().splitlines(keepends=True)
    operation, _, rest = records[-1].partition(b"\t")
    name = rest.partition(b"\t")[0].decode()
    torn = not records[-1].endswith(b"\n")
    if not torn and (operation != _ADDED or _is_there(name, directory.parent)):
        return None
    with file.open("r+b") as log:
        log.truncate(sum(map(len, records[:-1])))
    return name


def _number(log: Path) -> int:
    return int("".join(filter(str.isdigit, log.stem)) or 0)


def _is_there(name: str, table: Path) -> bool:
    """Whether a part, or one it was merged into, lies in the table's directory."""
    wanted = _PART.fullmatch(name)
    return wanted is not None and any(_covers(part, wanted) for part in _parts(table))


def _parts(table: Path) -> Iterator[re.Match[str]]:
    for entry in table.iterdir():
        if part := _PART.fullmatch(entry.name):
            yield part


def _covers(part: re.Match[str], wanted: re.Match[str]) -> bool:
    return (
        part["partition"] == wanted["partition"]
        and int(part["first"]) <= int(wanted["first"])
        and int(wanted["last"]) <= int(part["last"])
    )
