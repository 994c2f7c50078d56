"""Readers in the users file: added, and taken out as text, so that all else there stays."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deploy.local.clickhouse import users

_HEADER = re.compile(r"^\[users\.(\w+)(?:\.\w+)?\]\s*$", re.ASCII)


class Refused(Exception):
    """The users file is left as it was; the text says why."""


def add(path: Path, name: str, rows: Mapping[str, Sequence[str]]) -> str:
    """Add a reader of these rows of the BI views; only the hash of its password is kept.

    Returns:
        The password.

    Raises:
        Refused: There is such a user, or it cannot be one.
        ValueError, OSError: The file cannot be read or written.
    """
    password = secrets.token_urlsafe(18)

    def added(text: str) -> str:
        if name in users.entries(path):
            raise Refused(f"There is a user '{name}' already. Choose another name.")
        digest = {"password_sha256": users.sha256(password)}
        return f"{text.rstrip()}\n\n{users.entry_text(name, digest, rows)}"

    if not users.NAME.fullmatch(name) or name in users.RESERVED:
        raise Refused(
            f"'{name}' cannot be a name: letters, digits and _, and none of the engine's."
        )
    users.ensure(path)
    _change(path, added)
    return password


def remove(path: Path, name: str) -> None:
    """Take a reader out.

    Raises:
        Refused: There is none of this name, or it stands there in another form than `add` writes.
        ValueError, OSError: The file cannot be read or written.
    """

    def removed(text: str) -> str:
        entries = users.entries(path)
        if name not in entries or "read" not in entries[name]:
            raise Refused(f"There is no reader '{name}'.")
        left = _without(text, name)
        if users.parsed(path, left) != {n: e for n, e in entries.items() if n != name}:
            raise Refused(f"'{name}' is written in a way of its own; edit {path}.")
        return left

    _change(path, removed)


def _without(text: str, name: str) -> str:
    kept, inside = [], False
    for line in text.splitlines(keepends=True):
        if line.startswith("["):
            header = _HEADER.match(line)
            inside = header is not None and header[1] == name
        if not inside:
            kept.append(line)
    return "".join(kept)


def _change(path: Path, change: Callable[[str], str]) -> None:
    """Whole or not at all, one at a time, for its owner alone."""
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        changed = change(path.read_text(encoding="utf-8"))
        draft = path.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as written:
            written.write(changed)
        users.load(draft)
        draft.replace(path)
