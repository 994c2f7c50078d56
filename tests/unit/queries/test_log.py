from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.errors import InvalidFilter
from queries.log import COLUMNS, Cursor, Sort, looks
from queries.periods import Span
from queries.selection import millis

START = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_columns_are_the_reports_in_its_order() -> None:
    assert COLUMNS == (
        "timestamp", "conversation_id", "contact_id", "contact_name", "previous_assignee",
        "assigned_to", "source", "assigned_by",
    )  # fmt: skip
    assert {sort.column for sort in Sort} == set(COLUMNS)
    assert {sort.column for sort in Sort if sort.descending} == set(COLUMNS)


@given(st.integers(1, 400 * 24 * 60), st.sampled_from([Sort.NEWEST, Sort.OLDEST]))
def test_looks_cover_the_span_once_and_in_order(minutes: int, sort: Sort) -> None:
    span = Span(START, START + timedelta(minutes=minutes))
    found = list(looks(span, sort, None))
    if sort.descending:
        found.reverse()
    assert found[0].start == span.start
    assert found[-1].end == span.end
    assert all(a.end == b.start for a, b in pairwise(found))
    assert len(found) <= 6


def test_a_look_goes_on_at_the_cursor_and_not_behind_it() -> None:
    span = Span(START, START + timedelta(days=30))
    at = START + timedelta(days=3)
    newest = list(looks(span, Sort.NEWEST, Cursor(sort=Sort.NEWEST, occurred_ms=millis(at))))
    assert newest[0].end == at + timedelta(milliseconds=1)
    oldest = list(looks(span, Sort.OLDEST, Cursor(sort=Sort.OLDEST, occurred_ms=millis(at))))
    assert oldest[0].start == at


def test_another_order_looks_at_everything_at_once() -> None:
    span = Span(START, START + timedelta(days=400))
    assert list(looks(span, Sort.CONTACT_NAME, None)) == [span]


def test_a_cursor_comes_back_as_it_was() -> None:
    cursor = Cursor(
        sort=Sort.CONTACT_NAME, sort_key="žluťoučký & 'kůň", occurred_ms=5, place=-(2**63)
    )
    assert Cursor.decode(cursor.encode(), Sort.CONTACT_NAME) == cursor


@pytest.mark.parametrize("text", ["", "zz", "00", b"{}".hex(), b'{"sort":"rowid"}'.hex(), "é"])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidFilter):
        Cursor.decode(text, Sort.NEWEST)


def test_a_cursor_of_another_order_is_refused() -> None:
    with pytest.raises(InvalidFilter, match="another sort"):
        Cursor.decode(Cursor(sort=Sort.OLDEST).encode(), Sort.NEWEST)
