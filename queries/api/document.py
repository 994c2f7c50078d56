"""An OpenAPI document that is whole: FastAPI alone knows neither our problems nor the gate."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from queries.api.problems import Problem

_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "A token of one workspace, from `baton token create`. None is needed, and none "
    "looked at, as long as none was made.",
}


class Documented(FastAPI):
    """Adds to the document what its routes refer to, and who is let in."""

    def openapi(self) -> dict[str, Any]:
        """See `FastAPI.openapi`; made once."""
        if self.openapi_schema is not None:
            return self.openapi_schema
        document = super().openapi()
        _, problems = models_json_schema(
            [(Problem, "serialization")], ref_template="#/components/schemas/{model}"
        )
        document["components"]["schemas"] |= problems["$defs"]
        document["components"]["securitySchemes"] = {"token": _TOKEN}
        document["security"] = [{"token": []}, {}]
        return document
