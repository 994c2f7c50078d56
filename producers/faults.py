"""What is wrong with an event, said by field: `assigned_to.id: must be a string or an integer`."""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from producers.event import ASSIGNS, RECEIPT, Kind
from producers.sources import Source

ROOT = "(event)"
_IDENTIFIER = "must be a string of 1 to 200 characters or an integer of 64 bits"
_NAME = "must be a string of at most 1000 characters"
_PARTY = "must be an object with id and name, or null"
RULES = {
    "event_id": "must be a UUID, such as 01234567-89ab-4cde-8f01-23456789abcd",
    "event_type": f"must be '{ASSIGNS}', 'conversation.opened' or 'conversation.closed'",
    "workspace_id": _IDENTIFIER,
    "contact_id": _IDENTIFIER,
    "contact_name": _NAME,
    "conversation_id": _IDENTIFIER,
    "occurred_at": "must be RFC 3339 with offset, from 1970 up to 2105, "
    "such as 2016-02-29T01:23:00Z",
    "sequence": "must be an integer of 64 bits, or null",
    "time_of": f"must be '{RECEIPT}', or null",
    "assigned_to": _PARTY,
    "kind": f"must be one of {', '.join(Kind)}, or null",
    "team": _PARTY,
    "source": f"must be one of {', '.join(Source)}",
    "actor": _PARTY,
    "id": _IDENTIFIER,
    "name": _NAME,
}
"""What each field must be; the words stand for every way to break it."""


def faults(error: ValidationError) -> list[str]:
    """Every fault of one event as `field: what is wrong`: one per field, in the fields' order.

    Values are left out: they are people's names and may be long."""
    found = {
        _field(detail): _reason(detail)
        for detail in error.errors(include_url=False, include_context=False, include_input=False)
    }
    return [f"{field}: {reason}" for field, reason in found.items()]


def _field(detail: ErrorDetails) -> str:
    if detail["type"].startswith("union_tag"):
        return "event_type"
    # pydantic puts the tag of a union and the alternative it tried between the fields.
    return ".".join(str(part) for part in detail["loc"] if part in RULES) or ROOT


def _reason(detail: ErrorDetails) -> str:
    if detail["type"] in ("missing", "union_tag_not_found"):
        return "is missing"
    if detail["type"] == "json_invalid":
        return "is not JSON" + detail["msg"].removeprefix("Invalid JSON")
    return RULES.get(_field(detail).rpartition(".")[2], "must be a JSON object")
