"""Sessions of the page: what a browser keeps instead of a token, so that signing out ends it.

They lie beside the tokens, hashed like them: several servers that share the one share the other.
"""

from __future__ import annotations

import hmac
import secrets
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from pydantic import BaseModel

from queries.periods import utc_now
from queries.records import Records
from queries.tokens import Token, Tokens, digest

LASTS = timedelta(days=7)
KEPT_OF_A_TOKEN = 200
"""Signing in once more ends the oldest: no caller fills the list."""


class Session(BaseModel):
    """What is kept of a session."""

    sha256: str
    token: str
    """The id of the token that it was opened with; it ends with it."""
    opened_at: datetime


class Sessions:
    """The open sessions. Every method raises RecordsUnusable."""

    def __init__(self, tokens: Tokens, clock: Callable[[], datetime] = utc_now) -> None:
        self._tokens, self._clock = tokens, clock
        path = tokens.path.with_name(f"{tokens.path.stem}.sessions.json")
        self._records = Records(path, Session)

    def open(self, token: Token) -> str:
        """A new session; this is the only time its id is seen."""
        identifier = secrets.token_urlsafe(32)
        new = Session(sha256=digest(identifier), token=token.id, opened_at=self._clock())
        self._records.change(lambda kept: self._left([*kept, new]))
        return identifier

    def find(self, identifier: str) -> Token | None:
        """The token that the session was opened with, while both stand."""
        session = self._session(identifier)
        return self._tokens.by_id(session.token) if session else None

    def end(self, identifier: str) -> None:
        """End it, if it is one."""
        session = self._session(identifier)
        if session is not None:
            self._records.change(lambda kept: [one for one in kept if one != session])

    def _session(self, identifier: str) -> Session | None:
        given = digest(identifier)
        for session in self._records.all() or []:
            if hmac.compare_digest(session.sha256, given):
                return session if self._stands(session) else None
        return None

    def _stands(self, session: Session) -> bool:
        return self._clock() < session.opened_at + LASTS

    def _left(self, sessions: list[Session]) -> list[Session]:
        """Those that are worth keeping: neither over nor of a token that is gone, the newest."""
        tokens = {token.id for token in self._tokens.all()}
        count, left = Counter[str](), list[Session]()
        for session in reversed(sessions):
            count[session.token] += 1
            known = session.token in tokens and self._stands(session)
            if known and count[session.token] <= KEPT_OF_A_TOKEN:
                left.append(session)
        return left[::-1]
