"""The checked-in documents say what the models do."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import ValidationError

from producers import documents
from producers.event import parse
from tests import wire

formats = FormatChecker(formats=())


@formats.checks("date-time")
def is_date_time(value: object) -> bool:
    """RFC 3339 by the standard library, which has no second 60."""
    if not isinstance(value, str):
        return True
    try:
        datetime.fromisoformat(re.sub(r"\.\d+", "", value.upper()))
    except ValueError:
        return False
    return True


SCHEMA = Draft202012Validator(
    json.loads((documents.FOLDER / "event.schema.json").read_text()), format_checker=formats
)


def is_accepted(instance: Any) -> bool:
    try:
        parse(json.dumps(instance))
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("path", documents.documents(), ids=lambda path: path.name)
def test_checked_in_documents_are_up_to_date(path: Any) -> None:
    assert path.read_text(encoding="utf-8") == documents.documents()[path], (
        "run `python -m producers.documents`"
    )


def test_the_schema_is_a_valid_json_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA.schema)


@settings(max_examples=300)
@given(wire.events)
def test_right_events_are_accepted_by_model_and_schema(event: Any) -> None:
    assert is_accepted(event)
    SCHEMA.validate(event)


@settings(max_examples=1000)
@given(wire.broken())
def test_schema_and_model_give_the_same_verdict(event: Any) -> None:
    assert SCHEMA.is_valid(event) == is_accepted(event)


def test_asyncapi_points_at_nothing_that_is_not_there() -> None:
    document = documents.asyncapi()
    for reference in re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document)):
        place: Any = document
        for part in reference.split("/"):
            place = place[part]
