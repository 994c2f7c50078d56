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

from pydantic import BaseModel

from producers.variables import home
from queries.periods import utc_now
from queries.records import Records, RecordsUnusable


class Token(BaseModel):
    """What is kept of a token."""

    id: str
    workspace: str
    note: str
    created_at: datetime
    sha256: str


class Tokens:
    """The tokens in a file that only its owner may read; changes are seen at once.

    A list that was `named` by the operator is looked for: without it nobody is let in.
    """

    def __init__(self, path: Path, *, named: bool = False) -> None:
        self.path = path
        self._named = named
        self._records = Records(path, Token)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Tokens:
        """In `BATON_TOKENS`, else `tokens.json` of `BATON_HOME`."""
        named = environ.get("BATON_TOKENS")
        path = Path(named) if named else home(environ) / "tokens.json"
        return cls(path, named=bool(named))

    @property
    def configured(self) -> bool:
        """Whether a token was ever made here; neither revoking the last one nor losing the list
        opens anything. Raises RecordsUnusable."""
        return self._named or self._records.begun

    def all(self) -> list[Token]:
        """Every token, oldest first. Raises RecordsUnusable: a list that is damaged, or gone, opens
        nothing."""
        found = self._records.all()
        if found is None and self.configured:
            raise RecordsUnusable(
                f"There is no list of tokens at {self.path}: put it back, or begin a new one with "
                "`baton token create WORKSPACE`."
            )
        return found or []

    def create(self, workspace: str, note: str = "") -> str:
        """A new token; this is the only time its text is seen. Raises RecordsUnusable."""
        if not workspace.strip():
            raise RecordsUnusable("Name a workspace: a token reads one, and no more.")
        if not (workspace + note).isprintable():
            raise RecordsUnusable("No line breaks or control characters in workspace and note.")
        name, secret = secrets.token_hex(4), secrets.token_hex(32)
        text = f"baton_{name}_{secret}"
        token = Token(
            id=name, workspace=workspace, note=note, created_at=utc_now(), sha256=digest(text)
        )
        self._records.change(lambda kept: [*kept, token])
        return text

    def revoke(self, identifier: str) -> bool:
        """Take a token back; False when there is none of this id. Raises RecordsUnusable."""
        found = self.by_id(identifier) is not None
        if found:
            self._records.change(lambda kept: [one for one in kept if one.id != identifier])
        return found

    def find(self, text: str) -> Token | None:
        """The token whose text this is."""
        given = digest(text)
        matches = [t for t in self.all() if hmac.compare_digest(t.sha256, given)]
        return matches[0] if matches else None

    def by_id(self, identifier: str) -> Token | None:
        """The token of this id, if it was not taken back."""
        return next((token for token in self.all() if token.id == identifier), None)


def digest(text: str) -> str:
    """What is kept of a secret of 256 random bits."""
    return hashlib.sha256(text.encode()).hexdigest()
