"""What the API says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from queries.api import problems
from queries.api.app import create_app
from queries.api.services import Services
from queries.errors import Unauthorized
from queries.tokens import Tokens

Document = dict[str, Any]
FILES = {"/api/v1/exports/{export_id}/data", "/api/v1/exports/{export_id}/manifest"}


@pytest.fixture
def document(tmp_path: Path) -> Document:
    services = Services(None, None, Tokens(tmp_path / "tokens.json"), tmp_path / "exports")  # type: ignore[arg-type]
    app = create_app(services)
    assert app.openapi() is app.openapi()
    return app.openapi()


def test_it_is_openapi_3_1(document: Document) -> None:
    assert document["openapi"].startswith("3.1")
    schemathesis.openapi.from_dict(document).validate()
    del document["info"]["title"]
    with pytest.raises(ValueError, match="title"):
        schemathesis.openapi.from_dict(document).validate()


def nodes(part: Any) -> Iterator[dict[str, Any]]:
    """Every object of the document."""
    if isinstance(part, dict):
        yield part
        part = list(part.values())
    for inner in part if isinstance(part, list) else ():
        yield from nodes(inner)


def test_whatever_it_refers_to_is_there(document: Document) -> None:
    references = {node["$ref"] for node in nodes(document) if "$ref" in node}
    assert "#/components/schemas/Problem" in references
    for reference in references:
        start, *names = reference.split("/")
        assert start == "#"
        found = document
        for name in names:
            found = found[name]


def test_every_schema_is_one(document: Document) -> None:
    schemas = [node["schema"] for node in nodes(document) if isinstance(node.get("schema"), dict)]
    schemas += document["components"]["schemas"].values()
    for schema in schemas:
        Draft202012Validator.check_schema(schema)
    with pytest.raises(SchemaError):
        Draft202012Validator.check_schema({"type": "text"})


def test_a_problem_is_what_it_says_a_problem_is(document: Document) -> None:
    schema = {"$ref": "#/components/schemas/Problem", "components": document["components"]}
    named = [problems.Fault(name="limit", reason="too much")]
    for errors in ([], named):
        body = problems.Problem.model_validate_json(problems.of(Unauthorized("No."), errors).body)
        Draft202012Validator(schema).validate(body.model_dump())
    assert not Draft202012Validator(schema).is_valid({"title": "No."})


def test_a_token_lets_in_and_so_does_none(document: Document) -> None:
    (name,) = document["components"]["securitySchemes"]
    scheme = document["components"]["securitySchemes"][name]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert document["security"] == [{name: []}, {}]


def test_every_answer_that_has_a_tag_may_be_spared(document: Document) -> None:
    for path, item in document["paths"].items():
        answers = item.get("get", {}).get("responses", {})
        tagged = "ETag" in answers.get("200", {}).get("headers", {})
        assert tagged == ("304" in answers)
        assert tagged == (path in FILES)
        assert "content" not in answers.get("304", {})
