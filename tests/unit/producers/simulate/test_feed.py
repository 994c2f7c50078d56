"""The made-up feed: repeatable, right by the contract, and with everything in it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from random import Random

import pytest

from producers.event import (
    AssigneeUpdated,
    ConversationClosed,
    ConversationOpened,
    Event,
    Kind,
    Source,
    key,
    parse,
)
from producers.rows import Ready
from producers.simulate.desk import opened
from producers.simulate.feed import feed

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def clock(step: timedelta = timedelta(seconds=7)) -> Callable[[], datetime]:
    ticks = count()
    return lambda: START + step * next(ticks)


def messages(seed: int, most: int = 20_000) -> list[Ready]:
    return list(islice(feed(Random(seed), clock(), 3), most))


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return [parse(message.value) for message in messages(1)]


def test_seed_and_clock_decide_everything() -> None:
    assert messages(7, 500) == messages(7, 500)
    assert messages(7, 500) != messages(8, 500)


def test_messages_travel_under_the_key_of_their_contact() -> None:
    for message in messages(2, 500):
        event = parse(message.value)
        assert message.key == key(event.workspace_id, event.contact_id)


def test_no_event_is_there_twice(events: list[Event]) -> None:
    assert len({event.event_id for event in events}) == len(events)


def test_all_sources_and_workspaces_occur_with_actors_that_fit(events: list[Event]) -> None:
    moves = [event for event in events if isinstance(event, AssigneeUpdated)]
    assert {event.source for event in moves} == set(Source)
    assert len({event.workspace_id for event in events}) == 3
    by_hand = {Source.USER, Source.CLOSE_CONVERSATION}
    for event in moves:
        assert event.actor
        prefix = "u" if event.source in by_hand else event.source.value
        assert str(event.actor.id).startswith(prefix)


def test_users_teams_and_bots_hold_contacts_and_conversations_end(events: list[Event]) -> None:
    moves = [event for event in events if isinstance(event, AssigneeUpdated)]
    kinds = {event.assigned_to.kind or Kind.USER for event in moves if event.assigned_to}
    assert kinds == set(Kind)
    assert any(isinstance(event, ConversationClosed) for event in events)


def test_ids_are_strings_and_integers(events: list[Event]) -> None:
    assert {type(event.workspace_id) for event in events} == {str, int}


def test_contacts_come_back_with_their_assignee_kept(events: list[Event]) -> None:
    holder: dict[tuple[object, object], bool] = {}
    kept = handed_on = taken = 0
    for event in events:
        contact = (event.workspace_id, event.contact_id)
        if isinstance(event, ConversationOpened):
            kept += holder.get(contact, False)
            continue
        if not isinstance(event, AssigneeUpdated):
            continue
        handed_on += holder.get(contact, False) and event.assigned_to is not None
        taken += event.assigned_to is None
        holder[contact] = event.assigned_to is not None
    assert min(kept, handed_on, taken) > 100


def test_who_gets_a_contact_is_on_shift(events: list[Event]) -> None:
    agents = {agent.id: agent for number in (1, 2, 3) for agent in opened(number).agents}
    before: dict[tuple[object, object], str] = {}
    for event in events:
        if not isinstance(event, AssigneeUpdated) or event.assigned_to is None:
            continue
        contact, who = (event.workspace_id, event.contact_id), str(event.assigned_to.id)
        working = [
            agent
            for agent in agents.values()
            if agent.id.startswith(who.partition("-")[0] + "-")
            and agent.works_at(event.occurred_at)
        ]
        assert before.get(contact) == who or not working or agents[who] in working
        before[contact] = who


@pytest.mark.parametrize(
    "script",
    ["LATIN", "CYRILLIC", "ARABIC", "HEBREW", "CJK", "HIRAGANA", "HANGUL", "THAI", "DEVANAGARI"],
)
def test_names_are_in_many_scripts(events: list[Event], script: str) -> None:
    letters = {letter for event in events for letter in event.contact_name}
    assert any(unicodedata.name(letter, "").startswith(script) for letter in letters)
    assert "🌻" in letters
