"""What no route's own model can tell of an address: what is said twice, what nobody looks at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from functools import cache
from typing import Any, get_origin, get_type_hints

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel


async def once(request: Request) -> None:
    """Refuse a second value where one is taken: which of them is meant nobody can know."""
    counts = Counter(name for name, _ in request.query_params.multi_items())
    several = _several(request.scope["endpoint"])
    _refuse(
        [name for name in counts if counts[name] > 1 and name not in several], "takes one value"
    )


async def known(request: Request) -> None:
    """Refuse any parameter where none is taken; models refuse those that they do not know."""
    if not _models(request.scope["endpoint"]):
        _refuse(request.query_params.keys(), "is not known here")


@cache
def _several(endpoint: Callable[..., Any]) -> frozenset[str]:
    """The parameters that take several values."""
    return frozenset(
        field.alias or name
        for model in _models(endpoint)
        for name, field in model.model_fields.items()
        if get_origin(field.annotation) is list
    )


@cache
def _models(endpoint: Callable[..., Any]) -> list[type[BaseModel]]:
    """What a route takes an address apart with."""
    hints = [hint for name, hint in get_type_hints(endpoint).items() if name != "return"]
    return [hint for hint in hints if isinstance(hint, type) and issubclass(hint, BaseModel)]


def _refuse(names: Collection[str], reason: str) -> None:
    if names:
        raise RequestValidationError(
            [{"type": "parameter", "loc": ("query", name), "msg": reason} for name in names]
        )
