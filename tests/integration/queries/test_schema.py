"""The API against its own OpenAPI document, with whatever schemathesis can think of."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

pytestmark = pytest.mark.server
HEADERS = {"Host": "127.0.0.1"}
OPERATIONS = 14
# That `from` and `to` go together, that zones exist and cursors are ours, no JSON Schema can say.
BETWEEN_FIELDS = positive_data_acceptance


def operations(app: FastAPI) -> list[Any]:
    """What the application's OpenAPI document says it can do."""
    document = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, headers=HEADERS)
    return [found.ok() for found in document.get_all_operations()]


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_the_api_keeps_to_its_document(app: FastAPI, mode: GenerationMode) -> None:
    found = operations(app)
    assert len(found) == OPERATIONS
    kept = 0
    for operation in found:
        if mode is GenerationMode.NEGATIVE and not (operation.query or operation.path_parameters):
            continue

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(max_examples=8, suppress_health_check=list(HealthCheck))
        def keeps(case: Case) -> None:
            case.call_and_validate(headers=HEADERS, excluded_checks=[BETWEEN_FIELDS])

        with suppress(Unsatisfiable):  # nothing is wrong for a path parameter of any text
            keeps()
            kept += 1
    assert kept >= 9
