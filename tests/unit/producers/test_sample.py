"""The real sample: what its mapping makes of it agrees with the log DuckDB computes."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from itertools import groupby

import pytest

from producers import sample
from producers.event import AssigneeUpdated, parse
from producers.mapping import load
from producers.rows import Ready, from_csv
from tests.oracle import sample as oracle


@pytest.fixture(scope="module")
def messages() -> list[Ready]:
    mapping = load(sample.MAPPING)
    with gzip.open(sample.FILE) as file:
        rows = list(from_csv(io.TextIOWrapper(file, mapping.encoding, newline=""), mapping))
    ready = [row for row in rows if isinstance(row, Ready)]
    assert len(ready) == len(rows)
    return ready


def events(messages: list[Ready]) -> list[AssigneeUpdated]:
    found = [parse(message.value) for message in messages]
    return [event for event in found if isinstance(event, AssigneeUpdated)]


def log(events: list[AssigneeUpdated]) -> Iterator[oracle.Assignment]:
    """Who held each contact before, by walking over its events in order."""
    ordered = sorted(events, key=lambda e: (str(e.contact_id), e.occurred_at, e.sequence))
    for contact, changes in groupby(ordered, key=lambda e: str(e.contact_id)):
        holder, team, since, began = "", "", None, ("", "", "")
        for event in changes:
            who, team_now = _holder(event)
            if who != holder:
                source, actor = event.source.value, str(event.actor.id) if event.actor else ""
                yield oracle.Assignment(
                    contact,
                    event.occurred_at,
                    event.sequence or 0,
                    event.contact_name,
                    who,
                    team_now,
                    holder,
                    team,
                    since,
                    source,
                    actor,
                    *began,
                )
                since, began = event.occurred_at, (source, actor, team_now)
            holder, team = who, team_now


def _holder(event: AssigneeUpdated) -> tuple[str, str]:
    if event.assigned_to is None:
        return "", ""
    team = event.assigned_to.team
    return str(event.assigned_to.id), str(team.id) if team else ""


def test_every_row_becomes_an_event_of_its_own(messages: list[Ready]) -> None:
    found = events(messages)
    assert len(found) == 5998
    assert len({event.event_id for event in found}) == 5998
    assert len({event.contact_id for event in found}) == 890
    assert {event.workspace_id for event in found} == {"service-desk"}


def test_the_expected_log_has_the_known_size() -> None:
    rows = oracle.assignments()
    assert len(rows) == oracle.ASSIGNMENTS
    assert sum(row.assigned_to_id == "" for row in rows) == oracle.UNASSIGNMENTS


def test_mapped_events_make_the_expected_log(messages: list[Ready]) -> None:
    assert list(log(events(messages))) == list(oracle.assignments())
