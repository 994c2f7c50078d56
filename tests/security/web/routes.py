"""Every route that the application has, as it says itself: a new one cannot be forgotten."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, get_args, get_origin, get_type_hints

from fastapi import FastAPI
from pydantic import BaseModel

from queries.choices import Choosable

OPEN = {"/healthz", "/sign-in", "/static", "/vendor"}
"""What needs no token."""
OF_NO_WORKSPACE = OPEN | {
    "/", "/sign-out", "/api/v1/docs", "/api/v1/openapi.json", "/api/v1/workspaces",
    "/api/v1/freshness",
}  # fmt: skip
"""What takes no workspace: it tells of none, or of the caller's own alone."""
BY_ID = "/api/v1/exports/{export_id}"
"""What is found by an id that nobody can guess."""


@dataclass(frozen=True)
class Route:
    """An address and how it may be asked for."""

    path: str
    method: str
    endpoint: Callable[..., Any] | None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> dict[str, Any]:
        """What it takes in its query, and of what type."""
        if self.endpoint is None:
            return {}
        found: dict[str, Any] = {}
        plain = inspect.signature(self.endpoint).parameters.keys()
        for name, hint in get_type_hints(self.endpoint).items():
            if isinstance(hint, type) and issubclass(hint, BaseModel) and name != "return":
                fields = hint.model_fields.items()
                found |= {field.alias or name: field.annotation for name, field in fields}
            elif name in plain and f"{{{name}}}" not in self.path and _of_the_query(hint):
                found[name] = hint
        return found

    def addresses(self, export: str) -> Iterator[str]:
        """Its path with everything that may stand in it."""
        values = {"{name}": list(Choosable), "{of}": list(Choosable), "{export_id}": [export]}
        for name, choices in values.items():
            if name in self.path:
                yield from (self.path.replace(name, str(one)) for one in choices)
                return
        assert "{" not in self.path, f"say what may stand in {self.path}"
        yield self.path


def _of_the_query(hint: Any) -> bool:
    return hint in (str, int) or any(one in (str, int) for one in get_args(hint))


def takes_several(hint: Any) -> bool:
    """Whether a parameter of this type may stand several times."""
    return get_origin(hint) is list


def routes(app: FastAPI) -> list[Route]:
    """All of them."""
    return sorted(
        (
            Route(one.path, method, getattr(one, "endpoint", None))
            for one in _flat(app.routes)
            for method in sorted((getattr(one, "methods", None) or {"GET"}) - {"HEAD"})
        ),
        key=str,
    )


def _flat(found: Any) -> Iterator[Any]:
    for one in found:
        included = getattr(one, "effective_candidates", None)
        if included is None:
            yield one
        else:
            yield from _flat(included())
