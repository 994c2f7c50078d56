"""What the line about completeness says, and when it warns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from queries.freshness import UNKNOWN, Freshness, Held
from queries.page.completeness import Completeness, completeness
from queries.page.texts import load

NOW = datetime(2026, 3, 15, 12, 0, 0, 700_000, tzinfo=UTC)


def said(ago: timedelta, zone: str = "UTC") -> Completeness:
    fresh = Freshness(status="behind", complete_to=NOW - ago, dead_letters=0)
    return completeness(fresh, load(), ZoneInfo(zone), NOW)


@pytest.mark.parametrize(
    ("ago", "zone", "line"),
    [
        (timedelta(seconds=1), "UTC", "Complete to 11:59:59"),
        (timedelta(seconds=1), "Asia/Kathmandu", "Complete to 17:44:59"),
        (timedelta(hours=13), "UTC", "Complete to 2026-03-14 23:00:00"),
        (timedelta(hours=13), "Asia/Kathmandu", "Complete to 04:45:00"),
        (timedelta(seconds=1), "Pacific/Kiritimati", "Complete to 01:59:59"),
    ],
)
def test_the_line_has_a_date_on_another_day(ago: timedelta, zone: str, line: str) -> None:
    assert said(ago, zone).line == line


@pytest.mark.parametrize(("seconds", "state"), [(0, "well"), (29.9, "well"), (30, "late")])
def test_a_reader_is_warned_when_it_stays_behind(seconds: float, state: str) -> None:
    assert said(timedelta(seconds=seconds)).state == state


def test_that_nobody_knows_is_said() -> None:
    found = completeness(UNKNOWN, load(), ZoneInfo("UTC"), NOW)
    assert found == Completeness("Complete to: unknown", "unknown")


@pytest.mark.parametrize(
    ("held", "says"),
    [
        (
            Held(by="transaction", topic="events", partition=2, since=NOW, transactional_id="f-3"),
            "It waits for a transaction that f-3 has had open in events since ",
        ),
        (
            Held(by="transaction", topic="events", partition=2, since=NOW),
            "a transaction that somebody has had open in events since ",
        ),
        (
            Held(by="stop", topic="events", partition=2, since=NOW, why="paused"),
            "Partition 2 of the events stands still: paused",
        ),
    ],
)
def test_it_says_what_it_waits_for(held: Held, says: str) -> None:
    fresh = Freshness(status="behind", complete_to=NOW, dead_letters=0, waits_for=held)
    found = completeness(fresh, load(), ZoneInfo("UTC"), NOW)
    assert found.line.startswith("Complete to ")
    assert says in found.line
