"""The page's state, all of which stands in its address. Pure."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from pydantic import Field, ValidationError, model_validator

from producers.event import EARLIEST
from queries.errors import InvalidFilter
from queries.filters import FIRST_DAY, LISTS, Filters, Narrowing, Value, encode_id
from queries.handoffs import PassedBy
from queries.holds import HeldBy
from queries.log import Sort
from queries.selection import Selection, narrow, select

PATH = "/reports/assignments"


class View(StrEnum):
    """What the page shows above the log."""

    OVERVIEW = "overview"
    HANDOFFS = "handoffs"
    TIME_HELD = "time_held"
    CONVERSATIONS = "conversations"


class PageState(Filters):
    """Filters, view, order, and what the log was narrowed to by a click on a number."""

    view: View = View.OVERVIEW
    sort: Sort = Sort.NEWEST
    passed_by: PassedBy = PassedBy.ACTOR
    held_by: HeldBy = HeldBy.ASSIGNEE
    only: list[Value] = Field([], max_length=20)

    @model_validator(mode="before")
    @classmethod
    def _as_the_form_sends_it(cls, given: Any) -> Any:
        """Empty fields say nothing; dates count where "Date range" is chosen."""
        said = {name: value for name, value in dict(given).items() if value not in ("", [""])}
        if said.get("period") == "custom":
            del said["period"]
        elif "period" in said:
            said = {name: value for name, value in said.items() if name not in ("from", "to")}
        return said

    def link(self, **changes: Any) -> str:
        """The address of this state with changes (None: take out)."""
        query = self.query(**changes)
        return f"{PATH}?{query}" if query else PATH

    def narrowed(self, rows: Narrowing) -> str:
        """The address that opens a number: the log shows what `rows` selects."""
        return self.link(only=[f"{name}:{v}" for name, values in rows.items() for v in values])

    def between(self, start: datetime, end: datetime, *kinds: str) -> str:
        """The address that opens one bucket of time, or of it only some kinds."""
        bounds = [f"from:{start.isoformat()}", f"to:{end.isoformat()}"]
        return self.link(only=[*bounds, *(f"kind:{kind}" for kind in kinds)])

    def said(self, of: type[Filters]) -> dict[str, Any]:
        """The part of the address that `of` knows."""
        known = {field.alias or name for name, field in of.model_fields.items()}
        return {name: value for name, value in self.address().items() if name in known}

    @property
    def instants(self) -> bool:
        """Whether the period is given in instants, which no date field can show."""
        return isinstance(self.start, datetime)

    def during(self, start: date | datetime, end: date | datetime) -> str | None:
        """The address of the same filters over another period, as far as it can be asked for."""
        instants = isinstance(start, datetime)
        first: date = EARLIEST if instants else FIRST_DAY
        if end < first or (instants and end == first):
            return None
        bounds = {"from": max(start, first).isoformat(), "to": end.isoformat()}
        return self.link(**bounds, period=None, only=None)

    def timeline(self, **of: str) -> str:
        """The address of a contact's or conversation's timeline, with the way back in it."""
        asked = {f"of_{name}": value for name, value in of.items()}
        return f"{PATH}/timeline?{self.query(**asked)}"

    def more(self, cursor: str, shown: int) -> str:
        """The address of the log's next rows."""
        return f"{PATH}/rows?{self.query(cursor=cursor, shown=shown)}"

    def only_filters(self) -> Filters:
        """What the log is narrowed to; raises InvalidFilter."""
        given: dict[str, Any] = {}
        for item in self.only:
            name, _, value = item.partition(":")
            if name in ("from", "to"):
                given[name] = value
            elif name in LISTS:
                given.setdefault(name, []).append(value)
            else:
                raise InvalidFilter(f"'{item}' narrows the log to nothing that is known.")
        try:
            return Filters(**given)
        except (ValidationError, ValueError) as error:
            raise InvalidFilter("The log cannot be narrowed to that.") from error


def log_selection(state: PageState, selection: Selection, now: datetime) -> Selection:
    """The rows the log shows: what the filters select, narrowed by what was opened."""
    if not state.only:
        return selection
    chosen = select(state.only_filters(), selection.workspace, selection.tz, now)
    if state.only_filters().start is None:
        chosen = chosen.during(selection.span)
    return narrow(selection, chosen)


def exported(state: PageState, selection: Selection, now: datetime) -> str:
    """The query of a Data Export of the rows that the log shows."""
    shown = log_selection(state, selection, now)
    query = state.said(Filters)
    if shown.span != selection.span:
        query |= {"from": shown.span.start.isoformat(), "to": shown.span.end.isoformat()}
    lists = {name: [*map(encode_id, values)] for name, values in shown.lists.items()}
    return urlencode(query | lists, doseq=True)
