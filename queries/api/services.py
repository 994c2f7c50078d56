"""What the routes work with, built once when the server starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Protocol

from fastapi import Depends, Request

from queries.freshness import Freshness
from queries.periods import utc_now
from queries.sessions import Sessions
from queries.store import Store
from queries.tokens import Tokens


class Fresh(Protocol):
    """Where the newest look at Kafka comes from."""

    def latest(self) -> Freshness:
        """How far the report has come."""
        ...


@dataclass(frozen=True)
class Services:
    """Store, freshness, tokens, clock; where exports are kept until they are fetched."""

    store: Store
    fresh: Fresh
    tokens: Tokens
    exports: Path
    clock: Callable[[], datetime] = utc_now
    requests_per_second: float = 50

    def freshness(self, allowed: str | None) -> Freshness:
        """How far the report has come, as far as a caller may know: of dead letters only those of
        the workspace that is `allowed` (None: all)."""
        return self.fresh.latest().seen_by(allowed)


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


def _sessions(request: Request) -> Sessions:
    sessions: Sessions = request.app.state.sessions
    return sessions


def _workspace(request: Request) -> str | None:
    # Without the gate's word nobody is let in: None would be all workspaces.
    workspace: str | None = request.scope["state"]["workspace"]
    return workspace


Opened = Annotated[Sessions, Depends(_sessions)]
Served = Annotated[Services, Depends(_services)]
Allowed = Annotated[str | None, Depends(_workspace)]
"""The workspace of the caller's token; None where no tokens are configured."""
