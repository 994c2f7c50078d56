"""What one asks: the filters as they stand in an address, on the command line and in the API."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self, get_origin
from urllib.parse import urlencode

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from producers.event import EARLIEST, LATEST, Source
from producers.event import Kind as HolderKind
from queries.holders import holder, parted
from queries.periods import Period

NOBODY = "-"
"""Stands for "nobody" where an address names an id: Unassigned, no previous assignee, not shown."""

_DAY_LONG = timedelta(days=1)
FIRST_DAY, LAST_DAY = EARLIEST.date(), LATEST.date() - _DAY_LONG
"""The days that can be asked for: those of which there can be events."""

MAX_VALUES = 200
Value = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Values = Annotated[list[Value], Field(max_length=MAX_VALUES)]
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _actor(value: str) -> str:
    source, colon, _ = value.partition(":")
    if not colon or source not in list(Source):
        raise ValueError(f"'{value}' does not say source and id, as workflow:12 does")
    return value


def _holder(value: str) -> str:
    """One form for each: `user:7` is 7."""
    return value if value.strip(NOBODY) == "" else holder(*parted(value))


Holder = Annotated[Value, AfterValidator(_holder)]
Holders = Annotated[list[Holder], Field(max_length=MAX_VALUES)]

Actor = Annotated[
    Value,
    AfterValidator(_actor),
    Field(json_schema_extra={"pattern": f"^({'|'.join(Source)}):"}),
]


def _bound(value: Any) -> Any:
    """A day stays a day: pydantic alone would take midnight for one, too."""
    if isinstance(value, str):
        day = _DAY.fullmatch(value)
        value = date.fromisoformat(value) if day else datetime.fromisoformat(value)
    _check_bound(value)
    return value


Bound = Annotated[
    date | datetime,
    PlainValidator(_bound),
    PlainSerializer(lambda bound: bound.isoformat(), return_type=str, when_used="json"),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}
    ),
]
Narrowing = dict[str, list[str]]
"""Filters that select the rows behind a number, as they stand in an address."""


class Kind(StrEnum):
    """Whether somebody got the contact, or nobody."""

    ASSIGNMENT = "assignment"
    UNASSIGNMENT = "unassignment"


class Hold(StrEnum):
    """Whether the contact is still with whom an assignment gave it to."""

    RUNNING = "running"
    ENDED = "ended"


def encode_id(identifier: str) -> str:
    """An id as it stands in an address: nobody (empty) is "-"; "-" itself gets one dash more."""
    return identifier + NOBODY if set(identifier) <= {NOBODY} else identifier


def decode_id(value: str) -> str:
    """The reverse of `encode_id`."""
    return value.removesuffix(NOBODY) if set(value) == {NOBODY} else value


class Filters(BaseModel):
    """Workspace, period and filters; the values of one filter are alternatives, filters combine."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True
    )

    workspace: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = Field(
        None, description="May be left out where there is only one, or with a token."
    )
    period: Period = Field(
        Period.LAST_30_DAYS, description="Not looked at where `from` and `to` are given."
    )
    start: Bound | None = Field(
        None,
        alias="from",
        description=f"First day, {FIRST_DAY} or later; or an instant with offset, from which on "
        "assignments count.",
    )
    end: Bound | None = Field(
        None,
        alias="to",
        description=f"Last day, {LAST_DAY} or earlier; or an instant with offset, before which "
        "they do.",
    )
    timezone: str | None = Field(
        None, max_length=64, description="IANA name; default: workspace's."
    )
    source: Annotated[list[Source], Field(max_length=len(Source))] = Field(
        [], description="What kind of thing acted."
    )
    assigned_to: Holders = Field(
        [], description='Assignees: the id of a user, team:42 or bot:7; "-" is Unassigned.'
    )
    assigned_by: Values = Field([], description='Ids of users; "-" is where none is shown.')
    contact: Values = Field([], description="Contact ids.")
    conversation: Values = Field([], description="Conversation ids.")
    previous: Holders = Field(
        [], description='Previous assignees: the id of a user, team:42 or bot:7; "-" is nobody.'
    )
    actor: Annotated[list[Actor], Field(max_length=MAX_VALUES)] = Field(
        [], description='What acted, as source and id: "workflow:12".'
    )
    kind: Annotated[list[Kind], Field(max_length=2)] = Field(
        [], description="To somebody, or to nobody."
    )
    holder_kind: Annotated[list[HolderKind], Field(max_length=len(HolderKind))] = Field(
        [], description="What got the contact: a user, a team's queue or a bot."
    )
    team: Values = Field([], description='Ids of the assignees\' teams; "-" is no team.')
    hold: Annotated[list[Hold], Field(max_length=2)] = Field(
        [],
        description='"running": the contact is there still, with nobody after an unassignment; '
        '"ended": it was assigned again since, be it after the period.',
    )

    @model_validator(mode="after")
    def _period_is_whole(self) -> Self:
        if (self.start is None) != (self.end is None):
            raise ValueError("'from' and 'to' go together")
        if isinstance(self.start, datetime) != isinstance(self.end, datetime):
            raise ValueError("'from' and 'to' are both days or both instants")
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError(f"the period ends ({self.end}) before it begins ({self.start})")
        return self

    def address(self) -> dict[str, Any]:
        """Only what differs from the defaults, as it is written in an address."""
        said = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        if self.start is not None:
            said.pop("period", None)
        return said

    def query(self, **more: Any) -> str:
        """The canonical query string; `more` adds to it or takes out (None)."""
        said = {name: value for name, value in {**self.address(), **more}.items() if value}
        return urlencode(said, doseq=True)

    def any_filter(self) -> bool:
        """Whether anything but workspace, period and zone was asked for."""
        return any(getattr(self, name) for name in LISTS)


LISTS = tuple(
    name for name, field in Filters.model_fields.items() if get_origin(field.annotation) is list
)
"""The filters: each takes several values."""


def _check_bound(value: date | datetime | None) -> None:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("an instant needs an offset, as in 2026-03-01T14:00:00Z")
        # Somewhere the first day begins, and the last one ends, on another day than in UTC.
        inside = EARLIEST - _DAY_LONG <= value <= LATEST + _DAY_LONG
    else:
        inside = value is None or FIRST_DAY <= value <= LAST_DAY
    if not inside:
        raise ValueError(f"the report knows the days from {FIRST_DAY} to {LAST_DAY}")
