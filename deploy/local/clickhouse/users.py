"""The users file: who may connect, with what password, to read what, within which limits.

[users.baton]
password = "..."

[users.bi]
password_sha256 = "..."           # instead of `password`, to keep none in the file
read = ["baton.assignments*"]     # reads these and nothing else; without it: may do everything
[users.bi.limits]
max_execution_time = 60           # seconds; a user may ask for less, never for more
[users.bi.rows]
workspace_id = ["1", "2"]         # of what `read` names: tables with these columns, these rows
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import json
import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.local.clickhouse.errors import AUTHENTICATION_FAILED, error

ADMIN, READER = "baton", "bi"
NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
# Names that the engine's own user and the administrator's role have.
RESERVED = ("default", "baton_admin")
_PATTERN = re.compile(r"[A-Za-z_]\w*\.(\*|[A-Za-z_]\w*\*?)", re.ASCII)
READS = ("baton.assignments*", "baton.handoffs", "baton.conversation_timelines", "baton.time_held")
LIMITS = {
    "max_execution_time": 60,
    "max_memory_usage": 2_000_000_000,
    "max_rows_to_read": 1_000_000_000,
}

_TEMPLATE = """\
# Who may connect to the local ClickHouse. Keep this file to yourself; restart the server to apply.
[users.{admin}]
password = "{admin_password}"

# For BI tools: reads the views below, of all workspaces, and nothing else. For some workspaces
# alone: `baton bi add`.
{reader_entry}"""


@dataclass(frozen=True)
class User:
    """One user; `read` None means everything is allowed, else `database.name` patterns.

    `rows`: the values it may see in a column; tables without that column it does not see at all.
    """

    name: str
    password_sha256: str = field(repr=False)
    read: tuple[str, ...] | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    rows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def reads_only(self) -> bool:
        """Whether the user is confined to what `read` lists."""
        return self.read is not None

    def accepts(self, password: str) -> bool:
        """Whether this is the user's password."""
        return hmac.compare_digest(sha256(password), self.password_sha256)


class Users:
    """All users, by name."""

    def __init__(self, users: list[User]) -> None:
        self._by_name = {user.name: user for user in users}

    def __iter__(self) -> Any:
        return iter(self._by_name.values())

    def authenticate(self, name: str, password: str) -> User:
        """The user, if the password is right.

        Raises:
            ClickHouseError: 516; it does not tell which of the two is wrong.
        """
        user = self._by_name.get(name)
        if user is None or not user.accepts(password):
            raise error(
                AUTHENTICATION_FAILED,
                f"{name}: Authentication failed: password is incorrect, or there is no user with "
                "such name.",
            )
        return user


# Clients repeat themselves.
@functools.lru_cache(maxsize=256)
def sha256(password: str) -> str:
    """What the file may keep of a password."""
    return hashlib.sha256(password.encode()).hexdigest()


def ensure(path: Path) -> dict[str, str]:
    """Write the users file with new passwords if there is none.

    Returns:
        The passwords of the file by user name; a user of whom it has only the hash is left out.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return passwords(path)
    made = {name: secrets.token_urlsafe(18) for name in (ADMIN, READER)}
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(
            _TEMPLATE.format(
                admin=ADMIN,
                admin_password=made[ADMIN],
                reader_entry=entry_text(READER, {"password": made[READER]}),
            )
        )
    return made


def entry_text(
    name: str, credential: Mapping[str, str], rows: Mapping[str, Any] | None = None
) -> str:
    """The entry of a reader of the BI views, as it stands in the file."""
    lines = [f"[users.{name}]", *(f"{key} = {_quoted(text)}" for key, text in credential.items())]
    lines += ["read = [", *(f"    {_quoted(pattern)}," for pattern in READS), "]"]
    lines += [f"[users.{name}.limits]", *(f"{key} = {value:_}" for key, value in LIMITS.items())]
    if rows:
        lines.append(f"[users.{name}.rows]")
        lines += [
            f"{column} = [{', '.join(map(_quoted, values))}]" for column, values in rows.items()
        ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML string; JSON's escapes are TOML's, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def passwords(path: Path) -> dict[str, str]:
    """The plain passwords that the file holds, by user name."""
    return {name: entry["password"] for name, entry in entries(path).items() if "password" in entry}


def load(path: Path) -> Users:
    """Read the users file.

    Raises:
        ValueError: The file breaks its form; the text says where.
        OSError: It cannot be read.
    """
    return Users([_user(name, entry) for name, entry in entries(path).items()])


def entries(path: Path) -> dict[str, dict[str, Any]]:
    """What the file holds, by user name."""
    return parsed(path, path.read_text(encoding="utf-8"))


def parsed(path: Path, text: str) -> dict[str, dict[str, Any]]:
    """The entries of this text, which stands in `path`, or is to stand there."""
    try:
        found = tomllib.loads(text).get("users", {})
    except tomllib.TOMLDecodeError as broken:
        raise ValueError(f"{path}: {broken}") from None
    if not found:
        raise ValueError(f"{path}: no [users.NAME] in it")
    return {str(name): dict(entry) for name, entry in found.items()}


def _user(name: str, entry: dict[str, Any]) -> User:
    unknown = entry.keys() - {"password", "password_sha256", "read", "limits", "rows"}
    read = entry.get("read")
    if unknown or not NAME.fullmatch(name) or name in RESERVED:
        raise ValueError(f"users.{name}: unknown entries or name: {sorted(unknown) or name}")
    if ("password" in entry) == ("password_sha256" in entry):
        raise ValueError(f"users.{name}: give one of password and password_sha256")
    for pattern in read or ():
        if not _PATTERN.fullmatch(pattern):
            raise ValueError(f"users.{name}: {pattern!r} is no database.name, database.prefix*")
    limits = entry.get("limits", {})
    for limit, value in limits.items():
        if not (NAME.fullmatch(limit) and isinstance(value, int) and value > 0):
            raise ValueError(f"users.{name}.limits.{limit}: a whole number above 0, please")
    digest = entry.get("password_sha256") or sha256(str(entry["password"]))
    reads = None if read is None else tuple(read)
    return User(name, digest.lower(), reads, limits, _rows(name, entry, reads is not None))


def _rows(name: str, entry: dict[str, Any], reads: bool) -> dict[str, tuple[str, ...]]:
    rows = entry.get("rows", {})
    if "rows" in entry and not (reads and isinstance(rows, dict) and rows):
        raise ValueError(f"users.{name}.rows: COLUMN = [VALUE, ...], and beside it `read`, please")
    for column, values in rows.items():
        listed = isinstance(values, list) and values and all(isinstance(v, str) for v in values)
        if not (NAME.fullmatch(column) and listed):
            raise ValueError(f"users.{name}.rows.{column}: a list of texts, at least one, please")
    return {column: tuple(values) for column, values in rows.items()}
