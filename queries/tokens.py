"""Access tokens: one reads one workspace. Only their hashes are kept.

A token is `baton_<id>_<secret>` with 256 random bits, so a plain SHA-256 of it is safe at rest.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, TypeAdapter

from producers.variables import home
from queries.periods import utc_now


class Token(BaseModel):
    """What is kept of a token."""

    id: str
    workspace: str
    note: str
    created_at: datetime
    sha256: str


_LIST = TypeAdapter(list[Token])


class TokensUnusable(Exception):
    """The file cannot be read or written, or a token cannot be made so; the text says why."""


class Tokens:
    """The tokens in a file that only its owner may read; changes are seen at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at: tuple[int, int] | None = None
        self._tokens: list[Token] = []

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Tokens:
        """In `BATON_TOKENS`, else `tokens.json` of `BATON_HOME`."""
        named = environ.get("BATON_TOKENS")
        return cls(Path(named) if named else home(environ) / "tokens.json")

    @property
    def configured(self) -> bool:
        """Whether a token was ever made here; revoking the last one opens nothing."""
        return self._path.exists()

    def all(self) -> list[Token]:
        """Every token, oldest first. Raises TokensUnusable: a damaged file opens nothing."""
        try:
            stat = self._path.stat()
            version = (stat.st_mtime_ns, stat.st_ino)
            if version != self._read_at:
                self._tokens = _LIST.validate_json(self._path.read_bytes())
                self._read_at = version
        except FileNotFoundError:
            return []
        except ValueError as damaged:
            raise TokensUnusable(f"{self._path} is damaged: {_first_line(damaged)}") from damaged
        except OSError as unreadable:
            raise TokensUnusable(f"{self._path}: {unreadable.strerror}") from unreadable
        return self._tokens

    def create(self, workspace: str, note: str = "") -> str:
        """A new token; this is the only time its text is seen. Raises TokensUnusable."""
        if not workspace.strip():
            raise TokensUnusable("Name a workspace: a token reads one, and no more.")
        if not (workspace + note).isprintable():
            raise TokensUnusable("No line breaks or control characters in workspace and note.")
        name, secret = secrets.token_hex(4), secrets.token_hex(32)
        text = f"baton_{name}_{secret}"
        token = Token(
            id=name, workspace=workspace, note=note, created_at=utc_now(), sha256=_hash(text)
        )
        with self._changing():
            self._write([*self.all(), token])
        return text

    def revoke(self, identifier: str) -> bool:
        """Take a token back; False when there is none of this id. Raises TokensUnusable."""
        with self._changing():
            before = self.all()
            left = [token for token in before if token.id != identifier]
            if len(left) < len(before):
                self._write(left)
        return len(left) < len(before)

    def find(self, text: str) -> Token | None:
        """The token whose text this is."""
        given = _hash(text)
        matches = [t for t in self.all() if hmac.compare_digest(t.sha256, given)]
        return matches[0] if matches else None

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """One after the other: of two changes at once, one would be lost."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with open(self._path.with_suffix(".lock"), "w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as unwritable:
            raise TokensUnusable(f"{self._path}: {unwritable.strerror}") from unwritable

    def _write(self, tokens: list[Token]) -> None:
        beside = self._path.with_suffix(f".{os.getpid()}.new")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(_LIST.dump_json(tokens, indent=1))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)


def _first_line(error: ValueError) -> str:
    return str(error).partition("\n")[2].partition("\n")[0].strip() or str(error)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
