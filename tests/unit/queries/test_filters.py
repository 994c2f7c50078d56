from __future__ import annotations

from datetime import UTC, date, datetime
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from producers.event import Source
from queries.filters import FIRST_DAY, LAST_DAY, Filters, decode_id, encode_id
from queries.periods import Days, Period


@given(st.text(max_size=5) | st.text("-", max_size=5))
def test_ids_survive_an_address(identifier: str) -> None:
    assert decode_id(encode_id(identifier)) == identifier
    assert encode_id(identifier) != ""


def test_a_dash_is_nobody_and_an_id_that_is_a_dash_is_another() -> None:
    assert encode_id("") == "-"
    assert encode_id("-") == "--"
    assert decode_id("-") == ""


def test_midnight_stays_an_instant_and_a_day_a_day() -> None:
    instants = Filters(**{"from": "2026-03-01T00:00:00Z", "to": "2026-03-01T01:00:00Z"})
    assert isinstance(instants.start, datetime)
    days = Filters(**{"from": "2026-03-01", "to": "2026-03-01"})
    assert not isinstance(days.start, datetime)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"from": "2026-03-01"}, "go together"),
        ({"to": "2026-03-01"}, "go together"),
        ({"from": "2026-03-01", "to": "2026-03-02T00:00:00Z"}, "both"),
        ({"from": "2026-03-01T00:00:00", "to": "2026-03-02T00:00:00"}, "offset"),
        ({"from": "1969-12-31", "to": "2026-03-02"}, "1970-01-01 to 2105-12-31"),
        ({"from": "2026-03-02", "to": "2106-01-01"}, "1970-01-01 to 2105-12-31"),
        ({"from": "1969-12-30T00:00:00Z", "to": "2026-03-02T00:00:00Z"}, "1970-01-01"),
        ({"from": "2026-03-02T00:00:00Z", "to": "2106-01-02T00:00:01Z"}, "2105-12-31"),
        ({"from": "2026-02-30", "to": "2026-03-02"}, "day"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "before it begins"),
        ({"from": "2026-03-02T00:00:00Z", "to": "2026-03-01T23:59:59Z"}, "before it begins"),
        ({"from": "2026-03-02T01:00:00+02:00", "to": "2026-03-01T22:59:00Z"}, "before it begins"),
        ({"actor": ["workflow"]}, "source and id, as workflow:12 does"),
        ({"actor": ["user:7", "nosource:12"]}, "'nosource:12' does not say source and id"),
        ({"actor": ["7"]}, "source and id"),
        ({"source": ["pigeon"]}, "source"),
        ({"contcat": ["1"]}, "contcat"),
        ({"contact": [""]}, "contact"),
        ({"contact": ["x"] * 201}, "contact"),
        ({"period": "custom"}, "period"),
    ],
)
def test_what_means_nothing_is_refused(given: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Filters(**given)


@pytest.mark.parametrize("field", ["from", "to"])
@pytest.mark.parametrize("value", ["2026-13-01", "2026-03-01T00:00:00", "1969-12-31"])
def test_a_bound_that_means_nothing_is_told_by_its_name(field: str, value: str) -> None:
    given = {"from": "2026-03-01", "to": "2026-03-02", field: value}
    with pytest.raises(ValidationError) as refused:
        Filters(**given)
    assert [fault["loc"] for fault in refused.value.errors()] == [(field,)]


def test_what_acted_is_named_by_any_source_and_any_id() -> None:
    given = [f"{source}:{identifier}" for source in Source for identifier in ("", "12", "a:b")]
    assert Filters(actor=given).actor == given


def test_a_period_may_be_one_day_or_no_time_at_all() -> None:
    Filters(**{"from": "2026-03-02", "to": "2026-03-02"})
    Filters(**{"from": "2026-03-02T01:00:00+02:00", "to": "2026-03-01T23:00:00Z"})


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Asia/Kolkata", "UTC", "Etc/GMT+12"])
def test_the_instants_of_every_day_that_is_known_are_taken(zone: str) -> None:
    """They open what a day's number counts."""
    span = Days(FIRST_DAY, LAST_DAY).span(ZoneInfo(zone))
    asked = Filters(**{"from": span.start.isoformat(), "to": span.end.isoformat()})
    assert (asked.start, asked.end) == (span.start, span.end)


def test_an_address_holds_only_what_was_said() -> None:
    assert Filters().query() == ""
    asked = Filters(
        workspace="1", period=Period.TODAY, source=["user"], contact=["a&b", "ü"], previous=["-"]
    )
    assert parse_qs(asked.query()) == {
        "workspace": ["1"], "period": ["today"], "source": ["user"], "contact": ["a&b", "ü"],
        "previous": ["-"],
    }  # fmt: skip
    ranged = Filters(period=Period.TODAY, start=date(2026, 3, 1), end=date(2026, 3, 2))
    assert parse_qs(ranged.query()) == {"from": ["2026-03-01"], "to": ["2026-03-02"]}


def test_an_address_read_again_is_the_same_question() -> None:
    asked = Filters(
        start=datetime(2026, 3, 1, 10, tzinfo=UTC),
        end=datetime(2026, 3, 1, 11, tzinfo=UTC),
        actor=["workflow:12"],
        kind=["unassignment"],
    )
    again = Filters(**asked.address())
    assert again == asked
