"""Dead letters taken apart, chosen, and judged by today's contract."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from producers.event import key
from stream.dead_letters import Fault, Reason, dead_letter
from stream.decode import Decoder
from stream.letter_lists import tallies
from stream.letters import Choice, Letter, Place, opened, verdict

EVENT = {
    "event_id": "fa6866f6-c0db-419c-8a77-e5dfdd70f8b5",
    "event_type": "conversation.opened",
    "workspace_id": 7,
    "contact_id": "c",
    "contact_name": "C",
    "conversation_id": "1",
    "occurred_at": "2026-01-01T00:00:00Z",
}
VALUE = orjson.dumps(EVENT)
DECODER = Decoder(10_000, None)


class Message:
    """A message as confluent-kafka hands it over."""

    def __init__(self, place: tuple[int, int], letter: Any) -> None:
        self.place, self.letter = place, letter

    def partition(self) -> int:
        return self.place[0]

    def offset(self) -> int:
        return self.place[1]

    def timestamp(self) -> tuple[int, int]:
        return 1, 5000

    def key(self) -> bytes | None:
        return self.letter.key  # type: ignore[no-any-return]

    def value(self) -> bytes | None:
        return self.letter.value  # type: ignore[no-any-return]

    def headers(self) -> Any:
        return self.letter.headers


def letter(
    reason: Reason = Reason.CONTRACT,
    value: bytes | None = VALUE,
    message_key: bytes | None = key(7, "c"),
    place: tuple[int, int] = (0, 1),
    done: dict[Place, str] | None = None,
) -> Letter:
    buried = dead_letter(
        Fault(reason, "why"), message_key, value, [("theirs", b"1")], ("events", 2, 3, 4)
    )
    return opened(Message(place, buried), done or {})  # type: ignore[arg-type]


def test_a_letter_is_the_event_as_it_came_and_what_was_wrong() -> None:
    found = letter()
    assert (found.key, found.value, found.headers) == (key(7, "c"), VALUE, [("theirs", b"1")])
    assert (found.reason, found.detail, found.origin) == ("contract", "why", "events/2/3")
    assert (str(found.place), found.buried_at, found.state) == ("0/1", 5000, "")


def test_a_mark_belongs_to_one_place_only() -> None:
    marks = {Place(0, 1): "sent"}
    assert letter(done=marks).state == "sent"
    assert letter(done=marks, place=(1, 1)).state == ""


@pytest.mark.parametrize(
    ("value", "message_key", "workspace"),
    [
        (VALUE, None, "7"),
        (b"garbage", key(8, "c"), "8"),
        (b"[]", b"no json", ""),
        (None, None, ""),
    ],
)
def test_the_workspace_is_the_events_or_else_the_keys(
    value: bytes | None, message_key: bytes | None, workspace: str
) -> None:
    assert letter(value=value, message_key=message_key).workspace == workspace


@pytest.mark.parametrize(
    ("choice", "taken"),
    [
        (Choice(), True),
        (Choice(reasons=frozenset({"contract"})), True),
        (Choice(reasons=frozenset({"no_json"})), False),
        (Choice(workspaces=frozenset({"7"})), True),
        (Choice(workspaces=frozenset({"8"})), False),
        (Choice(since=5000, until=5001), True),
        (Choice(since=5001), False),
        (Choice(until=5000), False),
        (Choice(places=frozenset({Place(0, 1)})), True),
        (Choice(places=frozenset({Place(1, 0)})), False),
    ],
)
def test_a_choice_takes_what_meets_all_of_it(choice: Choice, taken: bool) -> None:
    assert choice.takes(letter()) is taken


def test_what_the_contract_takes_now_can_be_sent() -> None:
    assert verdict(letter(), DECODER) is None


def test_what_it_refuses_still_would_come_back() -> None:
    fault = verdict(letter(value=b"garbage"), DECODER)
    assert fault is not None
    assert fault.reason is Reason.NO_JSON


@pytest.mark.parametrize("reason", [Reason.CONFLICTING_REPEAT, Reason.OLDER_THAN_HORIZON])
def test_what_the_history_refused_would_come_back(reason: Reason) -> None:
    fault = verdict(letter(reason), DECODER)
    assert fault is not None
    assert fault.reason is reason


def test_letters_are_counted_by_reason_and_by_what_was_done() -> None:
    found = [
        letter(),
        letter(value=b"garbage"),
        letter(done={Place(0, 1): "dropped"}),
        letter(Reason.KEY_MISMATCH),
    ]
    first, second = tallies(found, DECODER)
    assert (first.reason, first.waiting, first.fit, first.sent, first.dropped) == (
        "contract", 2, 1, 0, 1,
    )  # fmt: skip
    assert (second.reason, second.waiting) == ("key_mismatch", 1)
    assert first.workspaces == {"7": 2}


def test_places_are_read_as_they_are_written() -> None:
    assert Place.parse(str(Place(3, 17))) == Place(3, 17)
    with pytest.raises(ValueError, match="x"):
        Place.parse("x")
