from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from producers.event import LATEST
from queries.filters import Filters
from queries.periods import Span
from queries.selection import Selection, before, from_millis, millis, narrow, select

UTC_ZONE = ZoneInfo("UTC")
NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)


def chosen(**given: object) -> Selection:
    return select(Filters(**given), "1", UTC_ZONE, NOW)


def test_held_still_or_no_more_is_no_filter() -> None:
    assert chosen(hold=["running", "ended"]) == chosen()
    assert chosen(hold=["running"]).given == {"hold"}


def test_nobody_reaches_sql_as_an_empty_id() -> None:
    parameters = chosen(assigned_to=["-", "--", "7"]).parameters()
    assert parameters["assigned_to"] == ["", "-", "7"]
    assert parameters["contact"] == []


def test_millis_round_down_and_back() -> None:
    assert millis(datetime(1970, 1, 1, 0, 0, 0, 1999, tzinfo=UTC)) == 1
    assert from_millis(millis(NOW)) == NOW


def test_instants_are_compared_with_the_same_length_before() -> None:
    asked = Filters(**{"from": "2026-03-01T10:00:00Z", "to": "2026-03-01T13:00:00Z"})
    selection = select(asked, "1", UTC_ZONE, NOW)
    earlier = before(asked, selection, NOW).span
    assert earlier == Span(selection.span.start - timedelta(hours=3), selection.span.start)


def test_narrowing_keeps_what_both_select() -> None:
    base = chosen(source=["user", "bot"], assigned_to=["7"])
    both = narrow(base, chosen(source=["bot"], previous=["8"]).during(base.span))
    assert both.span == base.span
    assert both.lists == {"source": ("bot",), "assigned_to": ("7",), "previous": ("8",)}


def test_narrowing_to_what_was_filtered_out_selects_nothing() -> None:
    base = chosen(source=["user"])
    none = narrow(base, chosen(source=["bot"]).during(base.span))
    assert none.span.start == none.span.end


def test_an_empty_stretch_of_time_selects_nothing() -> None:
    span = chosen(**{"from": "2026-03-01T00:00:00Z", "to": "2026-03-01T00:00:00Z"}).span
    assert span.start == span.end


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "UTC", "Etc/GMT+12"])
def test_sql_is_asked_for_no_time_before_or_after_all_events(zone: str) -> None:
    """Nor is the period before it: ClickHouse's times are unsigned."""
    everything = Filters(**{"from": "1970-01-01", "to": "2105-12-31"})
    selection = select(everything, "1", ZoneInfo(zone), NOW)
    earlier = before(everything, selection, NOW)
    assert earlier.span.start.astimezone(ZoneInfo(zone)).year == 1834
    assert earlier.eventful.end - earlier.eventful.start < timedelta(days=1)
    for one in (selection, earlier):
        asked = one.parameters()
        assert 0 <= asked["start"] <= asked["end"] <= millis(LATEST)
