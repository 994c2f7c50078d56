"""What becomes of a message: an event, or a fault with its reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from producers.event import key
from stream.dead_letters import Fault, FloodGuard, Reason, dead_letter
from stream.decode import Decoder, murmur2, partition_of
from stream.rows import Moment
from stream.topics import LARGEST_DEAD, LARGEST_EVENT

EVENT: dict[str, Any] = {
    "event_id": "0b7e1c3a-5d0f-4f43-9a6e-0a6f1e2d3c4b",
    "event_type": "contact.assignee.updated",
    "workspace_id": 7,
    "contact_id": "c",
    "contact_name": "Zoë",
    "conversation_id": 12,
    "occurred_at": "2026-02-27T01:23:00.123456+05:45",
    "assigned_to": {"id": 5, "name": "assigned_to_me", "team": {"id": 1, "name": "T"}},
    "source": "user",
    "actor": {"id": 9, "name": "Boss"},
}


def decode(value: bytes | None, message_key: bytes = key(7, "c"), **limits: Any) -> Moment | Fault:
    return Decoder(limits.get("largest", 1000), limits.get("workspaces")).decode(
        message_key, value, 3
    )


def test_a_good_message_is_an_event() -> None:
    found = decode(json.dumps(EVENT).encode())
    assert isinstance(found, Moment)
    said = json.loads(found.fragment)
    assert said["occurred_at"] == "2026-02-26T19:38:00.123000Z"
    assert (said["workspace_id"], said["assigned_to_id"]) == ("7", "5")


@pytest.mark.parametrize(
    ("value", "more", "reason"),
    [
        (None, {}, Reason.NO_JSON),
        (b"", {}, Reason.NO_JSON),
        (b"\xff\xfe", {}, Reason.NO_JSON),
        (b"[" * 100_000, {"largest": 200_000}, Reason.NO_JSON),
        (b"[]", {}, Reason.CONTRACT),
        (json.dumps(EVENT | {"occurred_at": "1456708980"}).encode(), {}, Reason.CONTRACT),
        (json.dumps(EVENT | {"occurred_at": "9999-12-31T23:59:59Z"}).encode(), {}, Reason.CONTRACT),
        (json.dumps(EVENT | {"source": "magic"}).encode(), {}, Reason.CONTRACT),
        (json.dumps(EVENT | {"contact_name": "x" * 1001}).encode(), {"largest": 9999}, "contract"),
        (json.dumps(EVENT).encode(), {"largest": 100}, Reason.TOO_LARGE),
        (json.dumps(EVENT).encode(), {"message_key": b"7/c"}, Reason.KEY_MISMATCH),
        (json.dumps(EVENT).encode(), {"workspaces": {"8"}}, Reason.UNKNOWN_WORKSPACE),
    ],
)
def test_a_bad_message_has_its_reason(value: bytes, more: dict[str, Any], reason: str) -> None:
    found = decode(value, **more)
    assert isinstance(found, Fault)
    assert found.reason == reason
    assert found.detail


def test_a_dead_letter_keeps_all_it_came_with() -> None:
    came = [("a", None), ("b", b"\xff"), ("a", b"1"), ("baton.reason", b"of before")]
    letter = dead_letter(Fault(Reason.NO_JSON, "d"), b"k", b"\xff", came, ("t", 1, 2, 3))
    assert letter[:2] == (b"k", b"\xff")
    assert letter.headers[:4] == came
    assert dict(letter.headers[4:]) == {
        "baton.reason": b"no_json",
        "baton.detail": b"d",
        "baton.topic": b"t",
        "baton.partition": b"1",
        "baton.offset": b"2",
        "baton.timestamp": b"3",
        "baton.version": b"1.0",
    }


def test_a_message_without_key_and_value_stays_one() -> None:
    assert (
        dead_letter(Fault(Reason.NO_JSON, "d"), None, None, [], ("t", 1, 2, 3))[:2] == (None,) * 2
    )


def test_what_is_added_fits_where_the_largest_message_does() -> None:
    fault = Fault(Reason.CONTRACT, "\U0001f4a5" * 100_000)
    letter = dead_letter(fault, None, None, [], ("t" * 249, 1, 2**63, 2**63))
    added = sum(len(name) + len(value or b"") + 20 for name, value in letter.headers)
    assert added < LARGEST_DEAD - LARGEST_EVENT


# Kafka's own test of Utils.murmur2 (clients, UtilsTest.java), as signed 32-bit integers there.
@pytest.mark.parametrize(
    ("data", "hashed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_murmur2_is_javas(data: bytes, hashed: int) -> None:
    assert murmur2(data) == hashed & 0xFFFFFFFF
    assert partition_of(data, 7) == (hashed & 0x7FFFFFFF) % 7


@pytest.mark.parametrize(
    ("batches", "flood"),
    [
        ([(999, range(999))], False),
        ([(1000, range(500))], False),
        ([(1000, range(501))], True),
        ([(600, range(400)), (600, range(101))], True),
        ([(600, range(400)), (3000, range(2000, 2500))], False),
        ([(5000, range(100, 601))], True),
    ],
)
def test_more_than_half_of_a_thousand_is_a_flood(batches: list[Any], flood: bool) -> None:
    guard = FloodGuard(1000, 0.5)
    for count, bad in batches[:-1]:
        assert not guard.evidence(count, list(bad))
        guard.count(count, list(bad))
    count, bad = batches[-1]
    assert bool(guard.evidence(count, list(bad))) is flood
