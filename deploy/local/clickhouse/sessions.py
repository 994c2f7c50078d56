"""Sessions: what SET and USE left, and the handle that holds temporary tables, under one name."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from deploy.local.clickhouse.errors import (
    INVALID_SESSION_TIMEOUT,
    SESSION_IS_LOCKED,
    SESSION_NOT_FOUND,
    error,
)
from deploy.local.clickhouse.handle import Handle

DEFAULT_TIMEOUT, MAX_TIMEOUT = 60.0, 3600.0


@dataclass
class Session:
    """What one session keeps. `handle` is there only once something ties the session to it."""

    timeout: float = DEFAULT_TIMEOUT
    settings: dict[str, str | None] = field(default_factory=dict)
    database: str | None = None
    handle: Handle | None = None
    locked: bool = False
    expires: float = 0.0


class Sessions:
    """All sessions, by user and name. For one thread (the event loop's)."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sessions: dict[tuple[str, str], Session] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    @contextmanager
    def use(
        self, user: str, name: str, timeout: float, must_exist: bool, last: bool = False
    ) -> Iterator[Session]:
        """The session, locked for the time of one statement, which may be its last.

        Raises:
            ClickHouseError: 373, it is in use; 372, it must exist and does not.
        """
        self.expire()
        session = self._sessions.get((user, name))
        if session is None:
            if must_exist:
                raise error(SESSION_NOT_FOUND, f"Session {name} not found")
            session = self._sessions[user, name] = Session()
        if session.locked:
            raise error(SESSION_IS_LOCKED, f"Session {name} is locked by a concurrent client")
        session.locked, session.timeout = True, timeout
        try:
            yield session
        finally:
            session.locked = False
            session.expires = self._clock() + (0 if last else session.timeout)
            self.expire()

    def expire(self, all_of_them: bool = False) -> None:
        """Drop the sessions whose time is over."""
        now = self._clock()
        for key, session in list(self._sessions.items()):
            if all_of_them or (not session.locked and session.expires <= now):
                del self._sessions[key]
                if session.handle is not None:
                    session.handle.close()


def parse_timeout(text: str) -> float:
    """Seconds from `session_timeout`.

    Raises:
        ClickHouseError: 374.
    """
    if not text.isdigit() or float(text) > MAX_TIMEOUT:
        raise error(
            INVALID_SESSION_TIMEOUT,
            f"Invalid session timeout: '{text}', at most {MAX_TIMEOUT:.0f} seconds",
        )
    return float(text)
