"""What an event becomes: a row's fragment, its place, its holder, compared with a slow way."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from producers.event import ASSIGNS, AssigneeUpdated, Party, parse, parse_fields
from stream.derive import derive
from stream.history import Head, Horizon, Layered
from stream.rows import Moment, as_previous, beginning, encode, moment
from tests.unit.stream import test_decode
from tests.unit.stream.test_derive import EXAMPLES

EVENT: dict[str, Any] = test_decode.EVENT | {
    "occurred_at": "2026-02-27T01:23:00.120Z",
    "assigned_to": {"id": 5, "name": "Ann", "team": {"id": 1, "name": "T"}},
    "sequence": 3,
}
PARTY = {"id": 1, "name": "x"}
USUAL: dict[str, list[Any]] = {
    "workspace_id": [-(2**63), 2**63 - 1, "w" * 200, "é"],
    "contact_id": [0, '"', "\\", "\x00", "\u2028", "𝄞"],
    "contact_name": ["", "n" * 1000, "\x7f\x1f\b\t", "𝄞" * 1000],
    "occurred_at": [
        "1970-01-01T00:00:00Z",
        "1970-01-01T00:00:59.999Z",
        "2024-02-29T23:59:00.000Z",
        "2105-12-31T23:59:59.999Z",
    ],
    "assigned_to": [
        None,
        PARTY,
        PARTY | {"kind": "team"},
        PARTY | {"kind": None},
        PARTY | {"team": None},
        PARTY | {"team": PARTY},
    ],
    "source": ["bot", "click_to_chat_ad"],
    "sequence": [None, 0, -(2**63) + 1, 2**63 - 1],
    "actor": [None, PARTY, {"id": "a", "name": ""}],
    "time_of": [None, "receipt"],
}
UNUSUAL: dict[str, list[Any]] = {
    "event_id": [
        "0B7E1C3A-5D0F-4F43-9A6E-0A6F1E2D3C4B",
        "0b7e1c3a5d0f4f439a6e0a6f1e2d3c4b",
        "{0b7e1c3a-5d0f-4f43-9a6e-0a6f1e2d3c4b}",
        "0b7e1c3a-5d0f-4f43-9a6e-0a6f1e2d3c4",
        "0b7e1c3a-5d0f-4f43-9a6e-0a6f1e2d 3c4",
        "0b7e1c3a-5d0f-4f43-9a6e-0a6f1e2d  3c",
        "0b7e1c3a-5d0f-4f43-9a6e-0a6f1e2d3c4g",
        "0b7e1c3-a5d0f-4f43-9a6e-0a6f1e2d3c4b",
        "11111111-1111-1111-1111-111111111111",
        ["0b7e1c3a-5d0f-4f43-9a6e-0a6f1e2d3c4b"],
        5,
    ],
    "event_type": ["conversation.opened", "conversation.closed", "x", None],
    "time_of": ["", "sending", 5, []],
    "workspace_id": [2**63, -(2**63) - 1, 7.0, True, "", "w" * 201, None, [7]],
    "contact_id": [1.0, False, {}, 10**30],
    "contact_name": ["n" * 1001, None, 5, ["a"]],
    "conversation_id": [12.0, True, "", 2**63, None],
    "occurred_at": [
        "2026-02-27T01:23:00.1Z",
        "2026-02-27T01:23:00.123456Z",
        "2026-02-27T01:23:00+00:00",
        "2026-02-27T01:23:00.120+05:45",
        "2026-02-27 01:23:00Z",
        "2026-02-27t01:23:00z",
        "2026-02-27T01:23:60Z",
        "2026-02-27T24:00:00Z",
        "2026-02-30T01:23:00Z",
        "0000-02-27T01:23:00Z",
        "1969-12-31T23:59:59Z",
        "2106-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2026-W09-5T01:23:00Z",
        "+026-02-27T01:23:00Z",
        "2026-02-27T01:23: 0Z",
        "2026-02-27T01:23:0٣Z",
        "٢٠٢٦-02-27T01:23:00Z",
        1456708980,
        None,
        ["2026-02-27T01:23:", "Z"],
    ],
    "assigned_to": [
        {},
        [],
        "x",
        {"id": 1},
        {"id": 1.0, "name": "x"},
        {"id": True, "name": "x"},
        {"id": 1, "name": None},
        {"id": 2**63, "name": "x"},
        {"id": "i" * 201, "name": "x"},
        PARTY | {"kind": "queue"},
        PARTY | {"kind": 5},
        PARTY | {"team": {}},
        PARTY | {"team": {"id": True, "name": "x"}},
        PARTY | {"team": {"id": 1.0, "name": "x"}},
        PARTY | {"team": PARTY | {"more": 1}},
        PARTY | {"team": "x"},
        PARTY | {"more": 1},
        PARTY | {"team": PARTY, "more": 1},
    ],
    "source": ["magic", "USER", None, 5, ["user"]],
    "sequence": [1.0, True, "1", 2**63, -(2**63), [1]],
    "actor": [{}, [], "x", {"id": 1}, PARTY | {"team": None}, {"id": True, "name": "x"}],
    "more": [1, None, {"deep": [[[]]]}],
}

values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just(PARTY)
)


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """An event with some fields spelled another way, left out, or said twice."""
    event = dict(EVENT)
    for name in draw(st.lists(st.sampled_from(list(UNUSUAL)), max_size=3, unique=True)):
        known = [*USUAL.get(name, []), *UNUSUAL[name]]
        event[name] = draw(st.one_of(st.sampled_from(known), values))
    for name in draw(st.lists(st.sampled_from(list(event)), max_size=1)):
        del event[name]
    pairs = draw(st.permutations(list(event.items())))
    pairs += draw(st.lists(st.sampled_from(pairs or [("source", "bot")]), max_size=1))
    pairs += [
        (name, draw(values)) for name in draw(st.lists(st.sampled_from(list(EVENT)), max_size=1))
    ]
    body = ",".join(f"{json.dumps(name)}:{_text(value, draw)}" for name, value in pairs)
    return f"{{{body}}}".encode("utf-8", "surrogatepass")


def _text(value: Any, draw: st.DrawFn) -> str:
    return json.dumps(value, ensure_ascii=draw(st.booleans()))


def fast(value: bytes, offset: int) -> Moment | None:
    try:
        return moment(parse_fields(value), offset)
    except ValidationError:
        return None


def slow(value: bytes, offset: int) -> Moment | None:
    """By the contract's models and the standard library alone."""
    try:
        event = parse(value)
    except ValidationError:
        return None
    at = event.occurred_at.astimezone(UTC)
    at -= timedelta(microseconds=at.microsecond % 1000)
    milliseconds = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    fields = {
        "event_id": str(event.event_id),
        "workspace_id": str(event.workspace_id),
        "contact_id": str(event.contact_id),
        "contact_name": event.contact_name,
        "conversation_id": str(event.conversation_id),
        "occurred_at": at.isoformat().replace("+00:00", "Z"),
        "sequence": event.sequence,
        "time_of": event.time_of,
    }
    holder: dict[str, str | None] = {}
    if isinstance(event, AssigneeUpdated):
        team = event.assigned_to.team if event.assigned_to else None
        fields |= {"source": event.source.value} | party("actor", event.actor)
        kind = (event.assigned_to.kind or "user") if event.assigned_to else None
        holder = {"_kind": kind} | party("", event.assigned_to) | party("team", team)
    else:
        fields["event_type"] = event.event_type
    order = 0 if event.sequence is None else event.sequence + 2**63
    return Moment(
        event_id=event.event_id.bytes,
        position=b"".join(part.to_bytes(8) for part in (milliseconds, order, offset)),
        milliseconds=milliseconds,
        event_type=event.event_type,
        assignee=f"{holder['_kind']}:{holder['_id']}" if holder.get("_kind") else None,
        fragment=encoded(fields | named("assigned_to", holder)),
        previous=b",%b," % encoded(named("previous_assignee", holder))[1:-1] if holder else b"",
        began=encoded(begun(fields, holder))[1:-1] if holder else b"",
    )


def begun(fields: dict[str, Any], holder: dict[str, str | None]) -> dict[str, str | None]:
    return {
        "previous_since": fields["occurred_at"],
        "began_source": fields["source"],
        "began_actor_id": fields["actor_id"],
        "began_team_id": holder["_team_id"],
    }


def party(name: str, given: Party | None) -> dict[str, str | None]:
    start = f"{name}_" if name == "actor" else f"_{name}_" if name else "_"
    return {
        f"{start}id": str(given.id) if given else None,
        f"{start}name": given.name if given else None,
    }


def named(prefix: str, holder: dict[str, str | None]) -> dict[str, str | None]:
    return {f"{prefix}{name}": value for name, value in holder.items()}


def encoded(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@settings(max_examples=EXAMPLES * 4)
@given(messages(), st.integers(0, 2**40))
@example(b'{"event_id":1e999}', 0)
def test_any_message_becomes_what_the_slow_way_says(value: bytes, offset: int) -> None:
    found = fast(value, offset)
    assert found == slow(value, offset)
    if found and found.event_type == ASSIGNS:
        assert as_previous(found.fragment) == found.previous
        assert beginning(found.fragment) == found.began


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for some in (USUAL, UNUSUAL) for name in some for value in some[name]],
)
def test_every_spelling(name: str, value: Any) -> None:
    wire = json.dumps(EVENT | {name: value}).encode()
    assert fast(wire, 5) == slow(wire, 5)


@pytest.mark.parametrize(("name", "value"), [(n, v) for n in USUAL for v in USUAL[n]])
def test_usual_spellings_are_events(name: str, value: Any) -> None:
    assert fast(json.dumps(EVENT | {name: value}).encode(), 5) is not None


@pytest.mark.parametrize("left_out", list(EVENT))
def test_what_is_left_out(left_out: str) -> None:
    wire = json.dumps({n: v for n, v in EVENT.items() if n != left_out}).encode()
    assert fast(wire, 5) == slow(wire, 5)
    assert (fast(wire, 5) is not None) == (left_out in ("sequence", "actor"))


def test_every_character() -> None:
    for start in range(0, 0x110000, 500):
        text = "".join(map(chr, range(start, min(start + 500, 0x110000))))
        name = text.encode("utf-8", "ignore").decode()
        holder = {"id": name[:200] or "x", "name": name}
        wire = json.dumps(EVENT | {"contact_name": name, "assigned_to": holder}).encode()
        assert fast(wire, 5) == slow(wire, 5)


def test_lone_surrogates_are_no_event() -> None:
    assert fast(json.dumps(EVENT).encode().replace(b"Ann", b"\\ud800"), 5) is None


def test_what_a_row_says() -> None:
    actor, team = {"id": 9, "name": "Bot"}, {"id": 2, "name": "Sales"}
    given = {"source": "bot", "actor": actor, "assigned_to": {"id": 5, "name": "Ann", "team": team}}
    taken = {"event_id": test_decode.EVENT["event_id"][:-1] + "0", "assigned_to": None}
    first = moment(parse_fields(json.dumps(EVENT | given).encode()), 3)
    second = moment(parse_fields(json.dumps(EVENT | taken | {"sequence": 4}).encode()), 4)
    decision = derive(Head(), Layered(), first, Horizon())
    (row,) = derive(decision.head, Layered(), second, Horizon()).rows
    said = json.loads(encode(row, 4, 1))
    assert list(said.items())[-13:] == [
        ("previous_assignee_kind", "user"),
        ("previous_assignee_id", "5"),
        ("previous_assignee_name", "Ann"),
        ("previous_assignee_team_id", "2"),
        ("previous_assignee_team_name", "Sales"),
        ("previous_since", "2026-02-27T01:23:00.120000Z"),
        ("began_source", "bot"),
        ("began_actor_id", "9"),
        ("began_team_id", "2"),
        ("sign", 1),
        ("version", 9),
        ("event_partition", 1),
        ("event_offset", 4),
    ]
