"""A mapping file (TOML): which column of a CSV file is which field of an event."""

from __future__ import annotations

import codecs
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from producers.times import Ambiguous, TimeFormat


class MappingError(ValueError):
    """The mapping file is wrong; each fault names the key it lies under."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Value(_Table):
    """Where one field's text comes from: a column, a template of several, or a constant."""

    column: str | None = None
    template: str | None = Field(default=None, description="`{column}` stands for a column's text.")
    constant: str | None = None
    values: dict[str, str] = Field(default={}, description="Text in the file: text in the event.")
    otherwise: str | None = Field(default=None, description="For texts that `values` has not.")

    @model_validator(mode="before")
    @classmethod
    def _plain_text_is_a_column(cls, given: Any) -> Any:
        return {"column": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _has_one_origin(self) -> Value:
        if [self.column, self.template, self.constant].count(None) != 2:
            raise ValueError("takes one of column, template and constant")
        return self


class PartyFields(_Table):
    """An id and a name; without a name the id is shown."""

    id: Value
    name: Value | None = None


class AssigneeFields(PartyFields):
    """Who holds the contact, of which kind (none: a user), and their team."""

    kind: Value | None = None
    team: PartyFields | None = None


class Fields(_Table):
    """Every field of the contract that a file can fill."""

    event_id: Value | None = None
    event_type: Value = Value(constant="contact.assignee.updated")
    workspace_id: Value
    contact_id: Value
    contact_name: Value
    conversation_id: Value
    occurred_at: Value
    sequence: Value | None = None
    time_of: Value | None = None
    assigned_to: AssigneeFields | None = None
    source: Value | None = None
    actor: PartyFields | None = None


def _zone(given: Any) -> ZoneInfo:
    try:
        return ZoneInfo(given)
    except (KeyError, ValueError, TypeError, OSError):
        raise ValueError(f"no time zone {given!r}; write one such as Europe/Berlin") from None


class Time(_Table):
    """How the file writes its times; see `producers.times`."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    format: str
    zone: Annotated[ZoneInfo | None, BeforeValidator(_zone)] = None
    ambiguous: Ambiguous = "refuse"

    @property
    def written(self) -> TimeFormat:
        """The format, ready to read times with."""
        return TimeFormat(self.format, self.zone, self.ambiguous)

    @model_validator(mode="after")
    def _says_which_instant(self) -> Time:
        if self.written.needs_zone:
            if self.zone is None:
                raise ValueError("takes a zone, as the format has no offset (%z)")
            sample = datetime(2016, 2, 29, 1, 23)
            datetime.strptime(sample.strftime(self.format), self.format)
        elif self.zone is not None:
            raise ValueError("takes no zone, as the format says the instant itself")
        return self


class Mapping(_Table):
    """A whole mapping file."""

    delimiter: str = Field(default=",", min_length=1, max_length=1)
    encoding: str = "utf-8"
    nobody: tuple[str, ...] = Field(default=(), description="Texts that mean nobody, as does none.")
    time: Time
    fields: Fields

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, encoding: str) -> str:
        try:
            # A byte order mark is no part of the first column's name.
            known = codecs.lookup(encoding).name
        except LookupError:
            raise ValueError(f"no encoding {encoding!r}") from None
        return "utf-8-sig" if known == "utf-8" else known


def load(path: Path) -> Mapping:
    """The mapping a TOML file describes; raises MappingError, OSError."""
    return parse(path.read_bytes())


def parse(text: bytes) -> Mapping:
    """The mapping a TOML text (UTF-8) describes; raises MappingError."""
    try:
        return Mapping.model_validate(tomllib.loads(text.decode()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MappingError([f"is not TOML: {error}"]) from None
    except ValidationError as error:
        raise MappingError([_fault(detail) for detail in error.errors()]) from None


def _fault(detail: Any) -> str:
    place = ".".join(str(part) for part in detail["loc"])
    reason = detail["msg"].removeprefix("Value error, ")
    known = {"extra_forbidden": "no such key", "missing": "is missing"}
    return f"{place}: {known.get(detail['type'], reason)}"
