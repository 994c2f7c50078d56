"""The API against its own OpenAPI document, with whatever schemathesis can think of."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode

pytestmark = pytest.mark.server
HEADERS = {"Host": "127.0.0.1"}
OPERATIONS = 14


def operations(app: FastAPI) -> list[Any]:
    """What the application's OpenAPI document says it can do."""
    document = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, headers=HEADERS)
    return [found.ok() for found in document.get_all_operations()]


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_the_api_keeps_to_its_document(app: FastAPI, mode: GenerationMode) -> None:
    found = operations(app)
    assert len(found) == OPERATIONS
    for operation in found:

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
        def keeps(case: Case) -> None:
            case.call_and_validate(headers=HEADERS)

        keeps()
