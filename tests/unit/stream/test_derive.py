"""Derivation against the oracle, over generated histories in any order of arrival."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.event import parse_fields
from stream.derive import Outcome, derive
from stream.history import Head, Horizon, Layered, head_of
from stream.rows import encode, moment
from tests.oracle.assignments import Ended, Said, ended, expected

START = datetime(2026, 1, 1, tzinfo=UTC)
EXAMPLES = int(os.environ.get("BATON_EXAMPLES", "500"))
HORIZON = timedelta(minutes=30)

PEOPLE = [
    None,
    ("a", "Ann"),
    ("a", "Ann B."),
    ("b", "assigned_to_id"),
    ("c", chr(44) + chr(34) + "assigned_to_name" + chr(34) + ":x"),
]
BEGINNINGS: list[tuple[str, str | None, str | None]] = [
    ("user", "7", "s"),
    ("user", "8", "s"),
    ("user", "7", "p"),
    ("bot", None, None),
    ("bot", '","actor_name":"é\\', '"}'),
]
"""Source, actor and team."""


@st.composite
def arrivals(draw: st.DrawFn) -> list[Said]:
    """One contact's events in the order of arrival: ties, repeats, conflicts, skew, late ones."""
    count = draw(st.integers(1, 24))
    minutes = st.integers(0, draw(st.sampled_from([3, 20, 90])))
    events: list[Said] = []
    for offset in range(count):
        if events and draw(st.integers(0, 5)) == 0:
            again = draw(st.sampled_from(events))
            content = draw(st.sampled_from([again.content, again.content, "other"]))
            told = {"offset": offset, "content": content}
            if again.assigned_to and draw(st.booleans()):
                told["assigned_to"] = (again.assigned_to[0], "Renamed")
            if draw(st.integers(0, 3)) == 0:
                told["occurred_at"] = START + timedelta(minutes=draw(minutes))
            events.append(Said(**{**vars(again), **told}))
            continue
        assigns = draw(st.integers(0, 5)) > 0
        holder = draw(st.sampled_from(PEOPLE)) if assigns else None
        source, actor, team = draw(st.sampled_from(BEGINNINGS)) if assigns else ("", None, None)
        events.append(
            Said(
                offset=offset,
                event_id=str(UUID(int=offset)),
                occurred_at=START + timedelta(minutes=draw(minutes)),
                sequence=draw(st.sampled_from([None, None, -1, 0, 1, 2**62])),
                assigns=assigns,
                assigned_to=holder,
                kind=draw(st.sampled_from(["user", "user", "team", "bot"])),
                closes=not assigns and draw(st.booleans()),
                by_receipt=draw(st.integers(0, 3)) == 0,
                source=source,
                actor=actor,
                team=team if holder else None,
            )
        )
    return events


def wire(said: Said, contact: str = "c") -> bytes:
    event: dict[str, Any] = {
        "event_id": said.event_id,
        "event_type": _type(said),
        "workspace_id": 1,
        "contact_id": contact,
        "contact_name": f"Named at {said.offset}",
        "conversation_id": said.content or 7,
        "occurred_at": said.occurred_at.isoformat(),
        "sequence": said.sequence,
    }
    if said.by_receipt:
        event["time_of"] = "receipt"
    if said.assigns:
        event["source"] = said.source
        event["actor"] = named(said.actor)
        holder = said.assigned_to
        event["assigned_to"] = holder and {
            "id": holder[0],
            "name": holder[1],
            "kind": said.kind,
            "team": named(said.team),
        }
    return json.dumps(event).encode()


def _type(said: Said) -> str:
    if said.assigns:
        return "contact.assignee.updated"
    return "conversation.closed" if said.closes else "conversation.opened"


def named(party: str | None) -> dict[str, str] | None:
    return {"id": party, "name": f"Name of {party}"} if party else None


class Run:
    """Derives a list of events one after another, and keeps the log that its rows describe."""

    def __init__(self, events: list[Said], horizon: Horizon) -> None:
        self.head, self.history, self.horizon = Head(), Layered(), horizon
        self.log: dict[str, Ended] = {}
        self.said: dict[str, bytes] = {}
        self.signs = 0
        self.versions: dict[str, int] = {}
        self.refused: dict[int, str] = {}
        self.outcomes: list[Outcome] = []
        for event in events:
            self._take(event, horizon)

    def _take(self, said: Said, horizon: Horizon) -> None:
        event = moment(parse_fields(wire(said)), said.offset)
        decision = derive(self.head, self.history, event, horizon)
        self.head = decision.head
        self.history.apply(decision.records)
        self.outcomes.append(decision.outcome)
        if decision.outcome in (Outcome.CONFLICTING_REPEAT, Outcome.OLDER_THAN_HORIZON):
            assert (decision.rows, decision.records) == ([], [])
            self.refused[said.offset] = decision.outcome.value
        for row in decision.rows:
            self._read(encode(row, said.offset, 0))

    def _read(self, message: bytes) -> None:
        """As ClickHouse's ReplacingMergeTree does: the highest version stands."""
        row, said = json.loads(message), message[: message.rindex(b',"sign":')]
        identity = row["event_id"]
        assert row["version"] > self.versions.get(identity, -1)
        self.versions[identity] = row["version"]
        self.signs += row["sign"]
        if row["sign"] < 0:
            assert self.said.pop(identity) == said, "a retraction says what it takes back"
            del self.log[identity]
        else:
            assert identity not in self.log, "a row is emitted again only after its retraction"
            self.said[identity], self.log[identity] = said, ended(row)


@settings(max_examples=EXAMPLES)
@given(arrivals())
def test_the_log_is_the_oracles_in_any_order_of_arrival(events: list[Said]) -> None:
    run = Run(events, Horizon(milliseconds=HORIZON // timedelta(milliseconds=1)))
    oracle = expected(events, HORIZON, most=10_000)
    assert run.log == oracle.log
    assert run.refused == oracle.refused
    assert run.signs == len(oracle.log)
    assert head_of(stored(run), run.horizon) == run.head


@settings(max_examples=EXAMPLES)
@given(arrivals(), st.integers(1, 4))
def test_a_bounded_number_of_events_is_kept(events: list[Said], most: int) -> None:
    known: set[str] = set()
    once = [e for e in events if e.event_id not in known and not known.add(e.event_id)]
    run = Run(once, Horizon(HORIZON // timedelta(milliseconds=1), most))
    oracle = expected(once, HORIZON, most)
    assert run.log == oracle.log
    assert run.refused == oracle.refused
    kept = [key for key, value in run.history.items() if value is not None]
    assert head_of(stored(run), run.horizon) == run.head
    assert len(kept) <= 2 * most + 2, "within the horizon, remembered, and two for the baseline"


def stored(run: Run) -> list[tuple[bytes, bytes]]:
    """The records that a changelog would hold, in no helpful order."""
    return [(key, value) for key, value in reversed(run.history.items()) if value is not None]


def event(offset: int, minute: int, to: str | None, **more: Any) -> Said:
    holder = (to, to.upper()) if to else None
    at = START + timedelta(minutes=minute)
    sequence = more.pop("sequence", None)
    return Said(offset, str(UUID(int=offset + 1)), at, sequence, True, holder, **more)


@pytest.mark.parametrize(
    ("events", "log_length"),
    [
        ([event(0, 0, None)], 0),
        ([event(0, 0, "a"), event(1, 1, None)], 2),
        ([event(0, 0, "a"), event(1, 1, "a")], 1),
    ],
    ids=["unassigning nobody", "unassignment counts", "same assignee again"],
)
def test_what_is_an_assignment(events: list[Said], log_length: int) -> None:
    assert len(Run(events, Horizon()).log) == log_length


def test_a_late_event_makes_two_rows_say_something_else() -> None:
    late = event(3, 5, "c", source="bot", actor="b", team="t")
    run = Run([event(0, 0, "a"), event(1, 10, "a"), event(2, 20, "b"), late], Horizon())
    ids = [str(UUID(int=n)) for n in (1, 4, 2, 3)]
    since = [START + timedelta(minutes=m) for m in (0, 5, 10)]
    assert run.log == {
        ids[0]: (None, None, None, None, None),
        ids[1]: (("user", "a", "A"), since[0], "user", None, None),
        ids[2]: (("user", "c", "C"), since[1], "bot", "b", "t"),
        ids[3]: (("user", "a", "A"), since[2], "user", None, None),
    }


def test_a_hold_that_began_at_the_same_time_by_another_hand_is_another() -> None:
    first, second = event(0, 0, "a", sequence=2), event(1, 10, "b")
    late = event(2, 0, "a", sequence=1, source="bot", actor="b", team="t")
    run = Run([first, second, late], Horizon())
    assert run.log == {
        late.event_id: (None, None, None, None, None),
        second.event_id: (("user", "a", "A"), START, "bot", "b", "t"),
    }


def test_a_user_and_a_team_of_one_id_are_two_holders() -> None:
    events = [event(0, 0, "7"), event(1, 5, "7", kind="team"), event(2, 9, "7", kind="team")]
    run = Run(events, Horizon())
    assert list(run.log) == [events[0].event_id, events[1].event_id]
    assert run.log[events[1].event_id].holder == ("user", "7", "7")


@pytest.mark.parametrize(
    ("again", "outcome"),
    [
        ({"assigned_to": ("a", "Renamed")}, Outcome.REPEATED),
        ({"kind": "bot"}, Outcome.CONFLICTING_REPEAT),
        ({"occurred_at": START + timedelta(minutes=1)}, Outcome.CONFLICTING_REPEAT),
    ],
    ids=["another name", "another kind", "another time"],
)
def test_what_tells_a_repeat_from_a_conflict(again: dict[str, Any], outcome: Outcome) -> None:
    first = event(0, 0, "a")
    run = Run([first, Said(**{**vars(first), "offset": 1, **again})], Horizon())
    assert run.outcomes[-1] is outcome


def test_a_time_of_receipt_tells_nothing() -> None:
    first = event(0, 0, "a", by_receipt=True)
    later = Said(**{**vars(first), "offset": 1, "occurred_at": START + timedelta(minutes=9)})
    assert Run([first, later], Horizon()).outcomes[-1] is Outcome.REPEATED
    closed = Said(**{**vars(first), "offset": 2, "event_id": str(UUID(int=9)), "assigns": False})
    again = Said(**{**vars(closed), "offset": 3, "closes": True})
    assert Run([closed, again], Horizon()).outcomes[-1] is Outcome.CONFLICTING_REPEAT


def test_who_had_the_contact_already_began_nothing() -> None:
    again = event(1, 5, "a", source="bot", actor="b", team="t")
    last = event(2, 10, "b")
    run = Run([event(0, 0, "a", team="s"), again, last], Horizon())
    assert run.log[last.event_id] == (("user", "a", "A"), START, "user", None, "s")


def test_a_repeat_is_known_after_the_horizon_has_passed_it() -> None:
    old = event(0, 0, "a")
    late = event(2, 100, "c")
    run = Run(
        [old, event(1, 60, "b"), late, Said(**{**vars(old), "offset": 3})],
        Horizon(milliseconds=60_000),
    )
    assert run.outcomes[-1] is Outcome.REPEATED


def test_the_pure_core_imports_no_io() -> None:
    import ast
    import inspect

    import stream.derive
    import stream.history
    import stream.rows

    for module in (stream.derive, stream.history, stream.rows):
        tree = ast.parse(inspect.getsource(module))
        names = {
            alias.name.split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for alias in node.names
        } | {
            (n.module or "").split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)
        }
        assert not names & {"faust", "confluent_kafka", "rocksdict", "time", "os", "socket"}
