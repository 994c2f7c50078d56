"""Rows of a CSV file to events, as a mapping says; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from pydantic import BaseModel

from producers.mapping import Mapping, MappingError, PartyFields, Value

Row = Sequence[str]
Getter = Callable[[Row], str]
_INTEGER = re.compile(r"[+-]?[0-9]{1,30}", re.ASCII)
_PLACES = re.compile(r"\{([^{}]*)\}")
_NO_TEXT_IS_NONE = {"event_id", "time_of"}
_REMEMBERED_TIMES = 65_536


class Projection:
    """What a mapping makes of the rows under one header; raises MappingError where the mapping
    names columns that are not there, or are there twice."""

    def __init__(self, mapping: Mapping, header: Row) -> None:
        _check_columns(mapping, header)
        fields = mapping.fields
        self._nobody = {"", *mapping.nobody}
        # Rows of one file share their minutes, and strptime is the slowest step of all.
        self._instant = lru_cache(_REMEMBERED_TIMES)(mapping.time.written.instant)
        self._texts = {
            name: _getter(value, header) for name, value in fields if isinstance(value, Value)
        }
        self._parties = {
            name: self._party(party, header)
            for name, party in fields
            if isinstance(party, PartyFields)
        }

    def event(self, row: Row) -> tuple[dict[str, Any], list[str]]:
        """The event of a row in the form it has on the wire, perhaps without `event_id`, and what
        the file's own form made unreadable, as `field: reason`."""
        event: dict[str, Any] = {name: text(row) for name, text in self._texts.items()}
        for name, party in self._parties.items():
            event[name] = party(row)
        if "sequence" in event:
            event["sequence"] = _integer(event["sequence"])
        for name in _NO_TEXT_IS_NONE & event.keys():
            event[name] = event[name] or None
        try:
            event["occurred_at"] = self._instant(event["occurred_at"])
        except ValueError as error:
            return event, [f"occurred_at: {error}"]
        return event, []

    def _party(self, fields: PartyFields, header: Row) -> Callable[[Row], dict[str, Any] | None]:
        identity = _getter(fields.id, header)
        name = _getter(fields.name or fields.id, header)
        kind, team = getattr(fields, "kind", None), getattr(fields, "team", None)
        kind_of = _getter(kind, header) if kind else None
        team_of = self._party(team, header) if team else None

        def party(row: Row) -> dict[str, Any] | None:
            if identity(row) in self._nobody:
                return None
            found: dict[str, Any] = {"id": identity(row), "name": name(row)}
            if kind_of and (its_kind := kind_of(row)):
                found["kind"] = its_kind
            if team_of and (its_team := team_of(row)):
                found["team"] = its_team
            return found

        return party


def _integer(text: str) -> int | str | None:
    if not text:
        return None
    return int(text) if _INTEGER.fullmatch(text) else text


def _getter(value: Value, header: Row) -> Getter:
    origin = _origin(value, header)
    if not value.values and value.otherwise is None:
        return origin

    def translated(row: Row) -> str:
        text = origin(row)
        return value.values.get(text, text if value.otherwise is None else value.otherwise)

    return translated


def _origin(value: Value, header: Row) -> Getter:
    if value.constant is not None:
        constant = value.constant
        return lambda _: constant
    if value.column is not None:
        return itemgetter(header.index(value.column))
    # Odd pieces are the names between braces.
    pieces = _PLACES.split(value.template or "")
    places = {name: header.index(name) for name in pieces[1::2]}
    return lambda row: "".join(
        row[places[piece]] if index % 2 else piece for index, piece in enumerate(pieces)
    )


def _check_columns(mapping: Mapping, header: Row) -> None:
    faults = [
        f"{key}: the file has {'no' if column not in header else 'more than one'} "
        f"column {column!r} (it has {', '.join(header)})"
        for key, column in _columns(mapping.fields, "fields")
        if header.count(column) != 1
    ]
    if faults:
        raise MappingError(faults)


def _columns(table: BaseModel, key: str) -> Iterator[tuple[str, str]]:
    """Every column a mapping names, with the key it stands under."""
    if isinstance(table, Value):
        if table.column is not None:
            yield key, table.column
        yield from ((key, name) for name in _PLACES.findall(table.template or ""))
        return
    for name, value in table:
        if isinstance(value, BaseModel):
            yield from _columns(value, f"{key}.{name}")
