"""Events spelled the plain way, read at a third of what the contract's parser costs.

What nearly all producers write is plain: the contract's fields and no others, UUIDs in lower case,
times in UTC with a `Z`. A plain event gives exactly what `producers.event` and `stream.rows.moment`
make of it; of any other, valid or not, this says nothing, and those have the word.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import orjson

from producers.event import ASSIGNS, EARLIEST, LATEST, Source
from stream.rows import Moment, as_previous, holder_fields, position

_ID_CHARACTERS, _NAME_CHARACTERS, _UNSIGNED = 200, 1000, 2**63
_IDENTIFIERS = frozenset((str, int))
_SOURCES = frozenset(map(str, Source))
_REQUIRED = 9
_MINUTE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:")
_CACHED = 50_000

_SECONDS = {f"{second:02}": second * 1000 for second in range(60)}
# What follows the seconds: its milliseconds, and how `occurred_at` is written in rows.
_FRACTIONS = {"Z": (0, "Z")} | {
    f".{ms:03}Z": (ms, f".{ms:03}000Z" if ms else "Z") for ms in range(1000)
}

Holder = tuple[str | None, bytes, bytes]
"""An assignee's id, the end of the fragment that names them, and what the next row says of them."""


class NotPlain(Exception):
    """Something is not spelled the plain way, or wrong."""


class PlainReader:
    """Reads plain events; remembers the minutes and the holders it has seen lately."""

    def __init__(self) -> None:
        self._minutes: dict[str, int] = {}
        self._holders: dict[tuple[object, ...], Holder] = {}

    def read(self, key: bytes | None, value: bytes, offset: int) -> tuple[str, Moment] | None:
        """Workspace and moment of a plain event that travels under its own key; otherwise None."""
        try:
            return self._read(key, orjson.loads(value), offset)
        except (NotPlain, ValueError, KeyError, TypeError, AttributeError):
            return None

    def _read(self, key: bytes | None, event: Any, offset: int) -> tuple[str, Moment] | None:
        if event["event_type"] != ASSIGNS or (source := event["source"]) not in _SOURCES:
            return None
        fields = len(event)
        if fields != _REQUIRED and fields != _REQUIRED + ("sequence" in event) + ("actor" in event):
            return None
        workspace, contact = _identifier(event["workspace_id"]), _identifier(event["contact_id"])
        if orjson.dumps((workspace, contact)) != key:
            return None
        text = event["event_id"]
        identity = _uuid(text)
        at = event["occurred_at"]
        minute = at[:17]
        milliseconds, fraction = _FRACTIONS[at[19:]]
        milliseconds += (self._minutes.get(minute) or self._minute(minute)) + _SECONDS[at[17:19]]
        at = at[:19] + fraction
        sequence = event.get("sequence")
        if sequence is not None and not (
            sequence.__class__ is int and -_UNSIGNED < sequence < _UNSIGNED
        ):
            return None
        actor = event.get("actor")
        actor_id, actor_name = _party(actor) if actor is not None else (None, None)
        assignee, holder, previous = self._holder(event["assigned_to"])
        fragment = (
            orjson.dumps(
                {
                    "event_id": text,
                    "workspace_id": workspace,
                    "contact_id": contact,
                    "contact_name": _name(event["contact_name"]),
                    "conversation_id": _identifier(event["conversation_id"]),
                    "occurred_at": at,
                    "sequence": sequence,
                    "source": source,
                    "actor_id": actor_id,
                    "actor_name": actor_name,
                }
            )[:-1]
            + holder
        )
        where = position(milliseconds, sequence, offset)
        said_at = f'"{at}"'.encode()
        # What its own constructor does, at half the time.
        return workspace, tuple.__new__(
            Moment,
            (identity, where, milliseconds, True, assignee, fragment, said_at, previous),
        )

    def _minute(self, text: str) -> int:
        """Milliseconds since 1970 of a minute the contract allows, such as `2026-03-02T08:00:`."""
        if not _MINUTE.fullmatch(text):
            raise NotPlain
        minute = datetime.fromisoformat(text[:-1]).replace(tzinfo=UTC)
        if not EARLIEST <= minute < LATEST:
            raise NotPlain
        if len(self._minutes) >= _CACHED:
            self._minutes.clear()
        found = self._minutes[text] = round(minute.timestamp() * 1000)
        return found

    def _holder(self, party: Any) -> Holder:
        if party is None:
            return _NOBODY
        identity, name, team = party["id"], party["name"], party.get("team")
        if len(party) != 2 + ("team" in party) or identity.__class__ not in _IDENTIFIERS:
            raise NotPlain
        if team is None:
            known: tuple[object, ...] = identity, name
        else:
            # Equal are 1, 1.0 and True; only the first is an id.
            if len(team) != 2 or team["id"].__class__ not in _IDENTIFIERS:
                raise NotPlain
            known = identity, name, team["id"], team["name"]
        found = self._holders.get(known)
        if found is None:
            if len(self._holders) >= _CACHED:
                self._holders.clear()
            found = self._holders[known] = _described(party, team)
        return found


def _described(party: Any, team: Any) -> Holder:
    named = _party(party, 3) if party is not None else (None, None)
    in_team = _party(team) if team is not None else (None, None)
    end = b"," + orjson.dumps(holder_fields(*named, *in_team))[1:]
    return named[0], end, as_previous(end)


_NOBODY = _described(None, None)


def _uuid(text: str) -> bytes:
    # Where hyphens stand is looked at; that the rest is 32 hexadecimal digits, fromhex finds: of
    # others, and of blanks, which it skips, it does not make 16 bytes.
    if len(text) == 36 and text[8:24:5] == "----" and text.islower():
        identity = bytes.fromhex(text.replace("-", ""))
        if len(identity) == 16:
            return identity
    raise NotPlain


def _identifier(value: Any) -> str:
    if value.__class__ is int and -_UNSIGNED <= value < _UNSIGNED:
        return str(value)
    if value.__class__ is str and 0 < len(value) <= _ID_CHARACTERS:
        return value
    raise NotPlain


def _name(value: Any) -> str:
    if value.__class__ is str and len(value) <= _NAME_CHARACTERS:
        return value
    raise NotPlain


def _party(party: Any, fields: int = 2) -> tuple[str, str]:
    if not 2 <= len(party) <= fields:
        raise NotPlain
    return _identifier(party["id"]), _name(party["name"])
