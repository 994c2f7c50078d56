"""Which table answers what: only one that knows every filter that is set."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from queries.filters import LISTS, Filters
from queries.periods import Step, edges
from queries.selection import Selection, select
from queries.sql import statement
from queries.tables import ENDS, LOG, SOURCE_COUNTS, Table, tally

PLAIN = sorted(set(LISTS) - {"source", "kind", "actor", "hold", "holder_kind"})
"""Those that take any id."""
NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)


def chosen(zone: str = "UTC", **given: object) -> Selection:
    return select(Filters(**given), "1", ZoneInfo(zone), NOW)


def test_the_log_knows_every_filter() -> None:
    assert set(LOG.knows) == set(LISTS)


@pytest.mark.parametrize("table", [LOG, ENDS, SOURCE_COUNTS])
def test_a_condition_asks_for_the_values_of_its_filter(table: Table) -> None:
    for name, condition in table.knows.items():
        assert set(re.findall(r"\{(\w+):Array\(String\)\}", condition)) == {name}


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        ({}, True),
        ({"source": ["user"]}, True),
        ({"kind": ["unassignment"], "source": ["user"]}, True),
        *(({name: ["7"]}, False) for name in PLAIN),
        ({"holder_kind": ["team"]}, False),
        ({"hold": ["running"]}, False),
        ({"hold": ["running", "ended"]}, True),
        ({"actor": ["bot:1"], "source": ["bot"]}, False),
        ({"from": "2026-03-01T00:15:00Z", "to": "2026-03-01T00:30:00Z"}, True),
        ({"from": "2026-03-01T00:15:00Z", "to": "2026-03-01T00:30:00.001Z"}, False),
    ],
)
def test_counts_answer_what_they_know(given: dict[str, object], fits: bool) -> None:
    selection = chosen(**given)
    assert SOURCE_COUNTS.answers(selection) is fits
    assert ("source_counts" in statement("by_source", **tally(selection))) is fits


def test_a_filter_that_no_table_but_the_log_knows_goes_to_the_log() -> None:
    selection = Selection("1", chosen().span, chosen().tz, {"channel": ("web",)})
    assert not SOURCE_COUNTS.answers(selection)
    assert not ENDS.answers(selection)
    with pytest.raises(KeyError):
        tally(selection)


def test_a_day_that_begins_within_a_quarter_of_an_hour_is_counted_in_the_log() -> None:
    """Liberia was 44 minutes and 30 seconds behind until 1972."""
    selection = chosen(**{"from": "1971-06-01T00:00:00Z", "to": "1971-06-03T00:00:00Z"})
    starts = edges(selection.span, Step.DAY, ZoneInfo("Africa/Monrovia"))
    assert SOURCE_COUNTS.answers(selection)
    assert not SOURCE_COUNTS.answers(selection, starts)


def test_a_filter_that_is_not_set_is_no_part_of_the_query() -> None:
    assert "Array(String)" not in LOG.rows(chosen())
    some = LOG.rows(chosen(team=["7"]))
    assert "{team:Array(String)}" in some
    assert "{source:Array(String)}" not in some
