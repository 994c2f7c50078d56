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


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


def _workspace(request: Request) -> str | None:
    workspace: str | None = request.scope.get("state", {}).get("workspace")
    return workspace


Served = Annotated[Services, Depends(_services)]
Allowed = Annotated[str | None, Depends(_workspace)]
"""The workspace of the caller's token; None where no tokens are configured."""
