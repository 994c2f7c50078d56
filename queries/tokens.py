"""Access tokens: one reads one workspace. Only their hashes are kept.

A token is `baton_<id>_<secret>` with 256 random bits, so a plain SHA-256 of it is safe at rest.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, TypeAdapter

from queries.periods import utc_now


class Token(BaseModel):
    """What is kept of a token."""

    id: str
    workspace: str
    note: str
    created_at: datetime
    sha256: str


_LIST = TypeAdapter(list[Token])


class Tokens:
    """The tokens in a file that only its owner may read; changes are seen at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at: tuple[int, int] | None = None
        self._tokens: list[Token] = []

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Tokens:
        """In `BATON_TOKENS`, else `tokens.json` of `BATON_HOME`."""
        home = Path(environ.get("BATON_HOME", ".baton"))
        return cls(Path(environ.get("BATON_TOKENS", home / "tokens.json")))

    def all(self) -> list[Token]:
        """Every token, oldest first; an unreadable file raises, so that it opens nothing."""
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return []
        version = (stat.st_mtime_ns, stat.st_ino)
        if version != self._read_at:
            self._tokens = _LIST.validate_json(self._path.read_bytes())
            self._read_at = version
        return self._tokens

    def create(self, workspace: str, note: str = "") -> str:
        """A new token; this is the only time its text is seen."""
        name, secret = secrets.token_hex(4), secrets.token_hex(32)
        text = f"baton_{name}_{secret}"
        token = Token(
            id=name, workspace=workspace, note=note, created_at=utc_now(), sha256=_hash(text)
        )
        self._write([*self.all(), token])
        return text

    def revoke(self, identifier: str) -> bool:
        """Take a token back; False when there is none of this id."""
        left = [token for token in self.all() if token.id != identifier]
        found = len(left) < len(self.all())
        if found:
            self._write(left)
        return found

    def find(self, text: str) -> Token | None:
        """The token whose text this is."""
        given = _hash(text)
        matches = [t for t in self.all() if hmac.compare_digest(t.sha256, given)]
        return matches[0] if matches else None

    def _write(self, tokens: list[Token]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_suffix(f".{os.getpid()}.new")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(_LIST.dump_json(tokens, indent=1))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
