"""The contract as documents, generated from the models: `python -m producers.documents`.

`event.schema.json` is a JSON Schema (2020-12) of one message value, `asyncapi.json` an AsyncAPI 3
document of the topic. A schema cannot say everything: the bounds of `occurred_at` are in its
description, and an integer is written without a fraction (1, not 1.0).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from producers.event import (
    CONTRACT_VERSION,
    EVENT,
    AssigneeUpdated,
    ConversationClosed,
    ConversationOpened,
)
from producers.kafka import Topics

MESSAGES: dict[str, type[BaseModel]] = {
    "assigneeUpdated": AssigneeUpdated,
    "conversationOpened": ConversationOpened,
    "conversationClosed": ConversationClosed,
}
FOLDER = Path(__file__).parent
_COMPONENTS = "#/components/schemas/"
_PURPOSE = (
    "Hand-offs of contacts: who holds a contact, from when on, and what moved it. "
    "Unknown fields are allowed and left out."
)
_KEY = (
    "Compact JSON array of workspace_id and contact_id as strings, UTF-8, so that the events of one"
    ' contact stay in one partition. Example: ["7","c-104"]. Partitioner: murmur2, as Kafka\'s own'
    " Java client has it."
)


def json_schema() -> dict[str, Any]:
    """JSON Schema of one message value."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:baton:assignment-event:{CONTRACT_VERSION}",
        "title": "Assignment event",
        "description": _PURPOSE,
        **EVENT.json_schema(),
    }


def asyncapi() -> dict[str, Any]:
    """AsyncAPI 3 document of the topic producers send to."""
    _, schemas = models_json_schema(
        [(model, "validation") for model in MESSAGES.values()], ref_template=_COMPONENTS + "{model}"
    )
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Assignment events",
            "version": CONTRACT_VERSION,
            "description": _PURPOSE,
        },
        "defaultContentType": "application/json",
        "channels": {"assignmentEvents": _channel()},
        "operations": {
            "receiveAssignmentEvents": {
                "action": "receive",
                "summary": "Baton derives assignments from these events.",
                "channel": {"$ref": "#/channels/assignmentEvents"},
            }
        },
        "components": {
            "messages": {name: _message(name, model) for name, model in MESSAGES.items()},
            "schemas": schemas["$defs"],
        },
    }


def _channel() -> dict[str, Any]:
    return {
        "address": Topics().events,
        "description": "One JSON event per message.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in MESSAGES},
        "bindings": {"kafka": {"topic": Topics().events, "bindingVersion": "0.5.0"}},
    }


def _message(name: str, model: type[BaseModel]) -> dict[str, Any]:
    return {
        "name": name,
        "summary": model.__doc__,
        "contentType": "application/json",
        "payload": {"$ref": _COMPONENTS + model.__name__},
        "bindings": {
            "kafka": {"key": {"type": "string", "description": _KEY}, "bindingVersion": "0.5.0"}
        },
    }


def documents() -> dict[Path, str]:
    """Path of each document and the text that should stand there."""
    return {
        FOLDER / "event.schema.json": _text(json_schema()),
        FOLDER / "asyncapi.json": _text(asyncapi()),
    }


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")
