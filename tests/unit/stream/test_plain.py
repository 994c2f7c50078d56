"""What is read the plain way is what the contract's own parser and `moment` make of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from producers.event import key, parse_fields
from stream.plain import PlainReader
from stream.rows import Moment, moment
from tests.unit.stream import test_decode
from tests.unit.stream.test_derive import EXAMPLES

EVENT: dict[str, Any] = test_decode.EVENT | {
    "occurred_at": "2026-02-27T01:23:00.120Z",
    "assigned_to": {"id": 5, "name": "Ann", "team": {"id": 1, "name": "T"}},
    "sequence": 3,
}
PARTY = {"id": 1, "name": "x"}
PLAIN: dict[str, list[Any]] = {
    "workspace_id": [-(2**63), 2**63 - 1, "w" * 200, "é"],
    "contact_id": [0, '"', "\\", "\x00", "\u2028", "𝄞"],
    "contact_name": ["", "n" * 1000, "\x7f\x1f\b\t", "𝄞" * 1000],
    "occurred_at": [
        "1970-01-01T00:00:00Z",
        "1970-01-01T00:00:59.999Z",
        "2024-02-29T23:59:00.000Z",
        "2105-12-31T23:59:59.999Z",
    ],
    "assigned_to": [None, PARTY, PARTY | {"team": None}, PARTY | {"team": PARTY}],
    "source": ["bot", "click_to_chat_ad"],
    "sequence": [None, 0, -(2**63) + 1, 2**63 - 1],
    "actor": [None, PARTY, {"id": "a", "name": ""}],
}
OTHER: dict[str, list[Any]] = {
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
    "event_type": ["conversation.opened", "x", None],
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
    for name in draw(st.lists(st.sampled_from(list(OTHER)), max_size=3, unique=True)):
        known = [*PLAIN.get(name, []), *OTHER[name]]
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


def the_parsers(value: bytes, offset: int) -> tuple[str, Moment] | None:
    try:
        event = parse_fields(value)
    except ValidationError:
        return None
    return str(event["workspace_id"]), moment(event, offset)


def own_key(value: bytes) -> bytes:
    """The key of whatever the message says, be it an event or not."""
    try:
        said = json.loads(value)
        return key(said["workspace_id"], said["contact_id"])
    except (ValueError, KeyError, TypeError):
        return b""


READER = PlainReader()  # one for all examples: what it remembers of one must not reach another


@settings(max_examples=EXAMPLES * 4, deadline=None)
@given(messages(), st.integers(0, 2**40))
@example(b'{"event_id":1e999}', 0)
def test_it_says_what_the_parser_says_or_nothing(value: bytes, offset: int) -> None:
    found = READER.read(own_key(value), value, offset)
    assert found is None or found == the_parsers(value, offset)


@pytest.mark.parametrize(("name", "value"), [(n, v) for n in PLAIN for v in PLAIN[n]])
def test_what_is_plain_is_read(name: str, value: Any) -> None:
    wire = json.dumps(EVENT | {name: value}).encode()
    found = READER.read(own_key(wire), wire, 5)
    assert found is not None
    assert found == the_parsers(wire, 5)


@pytest.mark.parametrize(("name", "value"), [(n, v) for n in OTHER for v in OTHER[n]])
def test_what_is_not_plain_is_left_to_the_parser(name: str, value: Any) -> None:
    wire = json.dumps(EVENT | {name: value}).encode()
    assert READER.read(own_key(wire), wire, 5) is None


@pytest.mark.parametrize("left_out", list(EVENT))
def test_what_is_left_out(left_out: str) -> None:
    wire = json.dumps({n: v for n, v in EVENT.items() if n != left_out}).encode()
    found = READER.read(own_key(wire), wire, 5)
    assert found == (the_parsers(wire, 5) if left_out in ("sequence", "actor") else None)


def test_every_character_is_written_as_the_parser_writes_it() -> None:
    for start in range(0, 0x110000, 500):
        text = "".join(map(chr, range(start, min(start + 500, 0x110000))))
        name = text.encode("utf-8", "ignore").decode()
        holder = {"id": name[:200] or "x", "name": name}
        wire = json.dumps(EVENT | {"contact_name": name, "assigned_to": holder}).encode()
        assert READER.read(own_key(wire), wire, 5) == the_parsers(wire, 5)


def test_another_key_is_left_to_the_parser() -> None:
    wire = json.dumps(EVENT).encode()
    assert READER.read(b'["7","d"]', wire, 5) is None
    assert READER.read(None, wire, 5) is None


def test_lone_surrogates_are_left_to_the_parser() -> None:
    wire = json.dumps(EVENT).encode().replace(b"Ann", b"\\ud800")
    assert READER.read(own_key(wire), wire, 5) is None
    assert the_parsers(wire, 5) is None
