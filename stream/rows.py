"""An event's part of a row of `assignment-log`, and the whole row, as JSON bytes.

Rows are put together from fragments of JSON, never parsed and encoded again on their way: the
fragment of an event is encoded once, kept in the contact's history and serves the row, its
retraction and the row that follows.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from struct import Struct
from typing import NamedTuple

import orjson

from producers.event import ASSIGNS, RECEIPT, Fields, Kind

_POSITION = Struct(">QQQ")
_UNSIGNED = 2**63
_EPOCH = date(1970, 1, 1).toordinal() * 86_400  # in seconds, as is what it is taken from
_HOLDERS_CACHED = 20_000
_USER = Kind.USER.value
new_tuple = tuple.__new__  # what a NamedTuple's own constructor does, at half the time

NULL = b"null"


class Moment(NamedTuple):
    """An event, decoded: all that derivation and rows need of it."""

    event_id: bytes
    position: bytes
    milliseconds: int
    event_type: str
    assignee: str | None  # kind and id of who holds the contact now, as `holder` writes them
    fragment: bytes
    previous: bytes  # what the row after it says of its previous assignee
    began: bytes  # what the row that ends the hold which it begins says of its beginning


Holder = tuple[str | None, str | None, bytes, bytes]
"""An assignee (kind and id), the id of their team, the end of a fragment that names them, and what
the next row says of them."""


class Row(NamedTuple):
    """One message of `assignment-log`: an assignment (sign 1), or one taken back (sign -1)."""

    sign: int
    position: bytes
    fragment: bytes
    previous: bytes
    began: bytes


def position(milliseconds: int, sequence: int | None, offset: int) -> bytes:
    """Where an event stands among its contact's: bytes that sort by time, sequence and arrival.

    An event without a sequence sorts before any that has one.
    """
    order = 0 if sequence is None else sequence + _UNSIGNED
    return _POSITION.pack(milliseconds, order, offset)


def milliseconds(at: bytes) -> int:
    """The time of a position, since 1970."""
    return int.from_bytes(at[:8])


def offset(at: bytes) -> int:
    """The offset of a position in `assignment-events`."""
    return int.from_bytes(at[16:])


def moment(event: Fields, offset: int) -> Moment:
    """A parsed event (`producers.event.parse_fields`) at its offset."""
    at = event["occurred_at"]
    if at.utcoffset():
        at = at.astimezone(UTC)
    if at.microsecond % 1000:
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    seconds = at.toordinal() * 86_400 + at.hour * 3_600 + at.minute * 60 + at.second
    milliseconds = (seconds - _EPOCH) * 1000 + at.microsecond // 1000
    identity, sequence = event["event_id"].lower(), event["sequence"]
    fields = {
        "event_id": identity,
        "workspace_id": str(event["workspace_id"]),
        "contact_id": str(event["contact_id"]),
        "contact_name": event["contact_name"],
        "conversation_id": str(event["conversation_id"]),
        "occurred_at": at,
        "sequence": sequence,
        "time_of": event["time_of"],
    }
    assigns = event["event_type"] == ASSIGNS
    if assigns:
        fields["source"] = event["source"]
        fields["actor_id"], fields["actor_name"] = _party(event["actor"])
    else:
        fields["event_type"] = event["event_type"]
    fragment = orjson.dumps(fields, option=orjson.OPT_UTC_Z)
    assignee, previous, began = None, b"", b""
    if assigns:
        assignee, team, end, previous = _holder(event["assigned_to"])
        began = _began(at, event["source"], fields["actor_id"], team)
        fragment = fragment[:-1] + end
    return new_tuple(
        Moment,
        (
            bytes.fromhex(identity.replace("-", "")),
            position(milliseconds, sequence, offset),
            milliseconds,
            event["event_type"],
            assignee,
            fragment,
            previous,
            began,
        ),
    )


def _party(party: Fields | None) -> tuple[str | None, str | None]:
    return (str(party["id"]), party["name"]) if party else (None, None)


def _holder(party: Fields | None) -> Holder:
    if party is None:
        return _encoded_holder(None, None, None, None, None)
    return _encoded_holder(party["kind"] or _USER, *_party(party), *_party(party["team"]))


@lru_cache(_HOLDERS_CACHED)
def _encoded_holder(
    kind: str | None,
    identity: str | None,
    name: str | None,
    team: str | None,
    team_name: str | None,
) -> Holder:
    fields = {
        "assigned_to_kind": kind,
        "assigned_to_id": identity,
        "assigned_to_name": name,
        "assigned_to_team_id": team,
        "assigned_to_team_name": team_name,
    }
    end = b"," + orjson.dumps(fields)[1:]
    return holder(kind, identity), team, end, as_previous(end)


def holder(kind: str | None, identity: str | None) -> str | None:
    """Who holds a contact: kind and id, since a user and a team may share an id; None is nobody."""
    return f"{kind}:{identity}" if kind else None


def _began(
    at: datetime | str | None, source: str | None, actor: str | None, team: str | None
) -> bytes:
    """The same bytes for an event that just came (a time) and for its fragment (the text of it)."""
    fields = {
        "previous_since": at,
        "began_source": source,
        "began_actor_id": actor,
        "began_team_id": team,
    }
    return orjson.dumps(fields, option=orjson.OPT_UTC_Z)[1:-1]


_PREVIOUS = (
    b',"previous_assignee_kind":%b'
    b',"previous_assignee_id":%b,"previous_assignee_name":%b,'
    b'"previous_assignee_team_id":%b,"previous_assignee_team_name":%b,'
)
NOBODY = _PREVIOUS % ((NULL,) * 5)
NO_HOLD = _began(None, None, None, None)
# What stands between strings in JSON stands nowhere within one: there, quotes are escaped.
_HOLDER = b',"assigned_to_'
_PREVIOUS_HOLDER = b',"previous_assignee_'


def as_previous(fragment: bytes) -> bytes:
    """What a row says of its previous assignee, from the fragment of the event that set it: members
    with a comma before and after them."""
    holder = fragment[fragment.index(_HOLDER) : -1]
    return holder.replace(_HOLDER, _PREVIOUS_HOLDER) + b","


def beginning(fragment: bytes) -> bytes:
    """What a row says of how the hold that it ends began, from the fragment of the event that began
    it: members without a comma around them."""
    event = orjson.loads(fragment)
    names = "occurred_at", "source", "actor_id", "assigned_to_team_id"
    return _began(*(event[name] for name in names))


def event_id(fragment: bytes) -> bytes:
    """The identity of a fragment's event; `event_id` is its first field."""
    return bytes.fromhex(fragment[13:49].replace(b"-", b"").decode())


def assignee(fragment: bytes) -> str | None:
    """Whom an event of this fragment gave the contact to, as `holder` writes it."""
    event = orjson.loads(fragment)
    return holder(event["assigned_to_kind"], event["assigned_to_id"])


_NAMES = {"contact_name", "actor_name", "assigned_to_name", "assigned_to_team_name"}


def content(fragment: bytes) -> bytes:
    """What of a fragment tells a repeat of its event from another one under its id: all but names,
    which change, and the time of receipt, which differs with every delivery."""
    event = orjson.loads(fragment)
    if event["time_of"] == RECEIPT:
        del event["occurred_at"]
    return orjson.dumps({n: v for n, v in event.items() if n not in _NAMES and v is not None})


def encode(row: Row, cause: int, partition: int) -> bytes:
    """A row as JSON; `cause` is the offset of the event that made this row come out now.

    The version rises with the cause, and a retraction comes before what replaces it.
    """
    return b"".join(
        (
            row.fragment[:-1],
            row.previous,
            row.began,
            b',"sign":%d,"version":%d,"event_partition":%d,"event_offset":%d}'
            % (row.sign, 2 * cause + (row.sign > 0), partition, offset(row.position)),
        )
    )
