"""Files to messages: every row is either ready to be sent or refused with its reasons; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import ValidationError
from pydantic_core import from_json

from producers.delimited import records
from producers.event import EVENT, Event, key, parse
from producers.faults import faults
from producers.identity import UNIDENTIFIED, identify
from producers.mapping import Mapping, MappingError
from producers.projection import Projection

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Ready:
    """A message that keeps the contract, and the line of the file it comes from."""

    line: int
    key: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that cannot be sent: its line, every fault, and the row as it was."""

    line: int
    reasons: list[str]
    row: Any

    def as_json(self) -> bytes:
        """One line of the file of refused rows."""
        record = {"line": self.line, "reasons": self.reasons, "row": self.row}
        return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)


Row = Ready | Refused


def from_json_lines(lines: Iterable[bytes]) -> Iterator[Row]:
    """Rows of JSON Lines; empty lines are passed over. An event with an id is sent as it stands,
    fields newer than this contract included."""
    for number, line in enumerate(lines, start=1):
        text = (line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line).strip()
        if text:
            yield _json_row(number, text)


def from_csv(lines: Iterable[str], mapping: Mapping) -> Iterator[Row]:
    """Rows of CSV under a header; raises MappingError where mapping and header do not fit,
    Unreadable where the rest cannot be told apart into rows."""
    rows = records(lines, mapping.delimiter)
    _, header = next(rows, (0, None))
    if not header:
        raise MappingError(["the file does not begin with a header"])
    projection = Projection(mapping, header)
    for number, row in rows:
        yield _csv_row(number, row, header, projection)


def _json_row(number: int, text: bytes) -> Row:
    try:
        return _ready(number, parse(text), text)
    except ValidationError as error:
        reasons = faults(error)
    if any(reason.startswith("event_id:") for reason in reasons):
        row = from_json(text)
        if row.get("event_id") is None:
            message = _message(number, row)
            return message if isinstance(message, Ready) else Refused(number, message, row)
    return Refused(number, reasons, text.decode(errors="replace"))


def _csv_row(number: int, row: list[str], header: list[str], projection: Projection) -> Row:
    if len(row) != len(header):
        reason = f"(row): has {len(row)} columns where the header has {len(header)}"
        return Refused(number, [reason], [_printable(text) for text in row])
    event, reasons = projection.event(row)
    message = _message(number, event)
    if isinstance(message, Ready) and not reasons:
        return message
    if not isinstance(message, Ready):
        named = {reason.partition(":")[0] for reason in reasons}
        reasons += [fault for fault in message if fault.partition(":")[0] not in named]
    return Refused(number, reasons, dict(zip(header, map(_printable, row), strict=True)))


def _message(number: int, row: dict[str, Any]) -> Ready | list[str]:
    """The message of an event in wire form, or its faults."""
    has_id = row.get("event_id") is not None
    try:
        event = EVENT.validate_python(row if has_id else row | {"event_id": UNIDENTIFIED})
    except ValidationError as error:
        return faults(error)
    return _ready(number, event, orjson.dumps(row) if has_id else identify(event))


def _ready(number: int, event: Event, value: bytes) -> Ready:
    return Ready(number, key(event.workspace_id, event.contact_id), value)


def _printable(text: str) -> str:
    return text.encode(errors="replace").decode()
