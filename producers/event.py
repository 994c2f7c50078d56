"""The contract of an event: what may stand in `assignment-events`, and the key it travels under.

`parse` says what an event is; `parse_fields`, for whoever reads many, has the same rules. The JSON
Schema and AsyncAPI documents beside this module are generated from these models
(`producers/documents.py`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, WithJsonSchema
from pydantic.experimental.pipeline import validate_as
from pydantic_core import CoreConfig, SchemaValidator

from producers.sources import Source as Source

CONTRACT_VERSION = "1.0"

ASSIGNS = "contact.assignee.updated"
"""Type of an event that gives a contact to somebody, or takes it from everybody."""

# ClickHouse's DateTime, which holds the 15-minute buckets, spans 1970 to early 2106.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2106, 1, 1, tzinfo=UTC)

# pydantic alone takes "1456708980" for a time stamp and a time without seconds for a whole one,
# and UUIDs in braces or without hyphens. [0-9], as \d takes the digits of every script.
RFC_3339 = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})$"
)
UUID_TEXT = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"


class Kind(StrEnum):
    """What holds a contact: kind and id together say who."""

    USER = "user"
    TEAM = "team"
    BOT = "bot"


RECEIPT = "receipt"
"""The sender has no time of its own: `occurred_at` is when the event was received."""

# Strings or integers on the wire; `str()` of either is the one form inside.
Identifier = (
    Annotated[str, Field(strict=True, min_length=1, max_length=200)]
    | Annotated[int, Field(strict=True, ge=-(2**63), le=2**63 - 1)]
)
Name = Annotated[str, Field(strict=True, max_length=1000)]
EventId = Annotated[
    UUID,
    validate_as(Annotated[str, Field(pattern=UUID_TEXT)]).validate_as(UUID),
    WithJsonSchema({"type": "string", "format": "uuid", "pattern": UUID_TEXT}),
]
Instant = Annotated[
    datetime,
    validate_as(Annotated[str, Field(pattern=RFC_3339)]).validate_as(
        Annotated[AwareDatetime, Field(ge=EARLIEST, lt=LATEST)]
    ),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "pattern": RFC_3339,
            "description": "RFC 3339 with offset, from 1970 up to 2105; kept to the millisecond.",
        }
    ),
]


_SOURCES = "; ".join(f"{source}: {source.meaning}" for source in Source) + "."


class Party(BaseModel):
    """Whoever or whatever has an id and a name: a user, a team, a workflow, a bot, an ad."""

    model_config = ConfigDict(extra="ignore")

    id: Identifier
    name: Name


class Assignee(Party):
    """Who holds a contact, and the team they belonged to at that time."""

    kind: Kind | None = Field(
        default=None,
        description="A holder is kind and id: the user 7 is not the team 7. None is a user.",
    )
    team: Party | None = None


class ContactEvent(BaseModel):
    """What every event says. Unknown fields are left out: a producer may be newer than we are."""

    model_config = ConfigDict(extra="ignore")

    event_id: EventId = Field(description="Unique for ever; the identity for every deduplication.")
    workspace_id: Identifier
    contact_id: Identifier
    contact_name: Name = Field(description="The contact's name at the time of the event.")
    conversation_id: Identifier
    occurred_at: Instant
    sequence: Annotated[int, Field(strict=True, gt=-(2**63), lt=2**63)] | None = Field(
        default=None,
        description="Order within one contact where times are equal; none comes before any.",
    )
    time_of: Literal["receipt"] | None = Field(
        default=None,
        description="receipt: the sender has no time of its own. Sent again, the event is the same"
        " whatever its time.",
    )


class AssigneeUpdated(ContactEvent):
    """The contact was given to somebody, or (`assigned_to` null) taken from everybody."""

    event_type: Literal["contact.assignee.updated"]
    assigned_to: Assignee | None = Field(description="Null is an unassignment.")
    source: Source = Field(description=_SOURCES)
    actor: Party | None = Field(
        default=None,
        description="The user, workflow, bot, integration, import or ad that acted.",
    )


class ConversationOpened(ContactEvent):
    """A conversation began; never a row of the report."""

    event_type: Literal["conversation.opened"]


class ConversationClosed(ContactEvent):
    """A conversation ended; never a row of the report."""

    event_type: Literal["conversation.closed"]


Event = AssigneeUpdated | ConversationOpened | ConversationClosed
EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="event_type")])

parse = EVENT.validate_json
"""One message value (UTF-8 JSON bytes) to an event; raises pydantic.ValidationError, whose errors
name every fault by field."""


def _without_models(schema: Any) -> Any:
    """The same schema with dictionaries where it makes models; enumerations give their values."""
    match schema:
        case {"type": "model", "schema": inner}:
            return _without_models(inner)
        case {"type": "model-fields", "fields": fields}:
            return {"type": "typed-dict", "fields": {n: _field(f) for n, f in fields.items()}}
        case {"type": "enum", "members": members}:
            return {"type": "literal", "expected": [member.value for member in members]}
        case {"type": "chain", "steps": [text, {"type": "uuid"}]}:
            return text  # its pattern leaves nothing to find out
        case dict():
            return {name: _without_models(part) for name, part in schema.items()}
        case list():
            return [_without_models(part) for part in schema]
    return schema


def _field(field: Any) -> dict[str, Any]:
    required = field["schema"]["type"] != "default"
    return {
        "type": "typed-dict-field",
        "schema": _without_models(field["schema"]),
        "required": required,
    }


Fields = dict[str, Any]
"""An event's fields by name, each as the models have it; parties are dictionaries as well, and the
event's id is the text that came."""

parse_fields = SchemaValidator(
    _without_models(EVENT.core_schema), CoreConfig(cache_strings="keys")
).validate_json
"""As `parse`, and as strict, without making objects: half the work, for whoever reads many."""


def key(workspace_id: str | int, contact_id: str | int) -> bytes:
    """The message key, `["workspace","contact"]` as compact JSON in UTF-8: no two pairs share one,
    whatever characters their ids hold, and any language can write it."""
    return orjson.dumps([str(workspace_id), str(contact_id)])
