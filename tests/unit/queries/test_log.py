from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.event import LATEST
from queries.errors import InvalidFilter
from queries.log import COLUMNS, CURSOR_AT_MOST, Cursor, Sort, look, rest, wider
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


@given(
    st.integers(1, 400 * 24 * 60),
    st.sampled_from([Sort.NEWEST, Sort.OLDEST]),
    st.lists(st.integers(0, 100), min_size=1),
)
def test_looks_cover_the_span_once_and_in_order(minutes: int, sort: Sort, found: list[int]) -> None:
    left = span = Span(START, START + timedelta(minutes=minutes))
    width, looks = timedelta(hours=1), []
    for many in islice(cycle(found), 500):
        if left.start >= left.end:
            break
        part, left = look(left, sort, width)
        looks.append(part)
        width *= wider(101, many)
    looks.append(left)
    if sort.descending:
        looks.reverse()
    assert looks[0].start == span.start
    assert looks[-1].end == span.end
    assert all(a.end == b.start for a, b in pairwise(looks))


def test_a_year_with_nothing_in_it_takes_four_looks() -> None:
    left, width = Span(START, START + timedelta(days=365)), timedelta(hours=1)
    for _ in range(4):
        _, left = look(left, Sort.NEWEST, width)
        width *= wider(101, 0)
    assert left.start == left.end


def test_the_second_look_suffices_where_rows_come_evenly() -> None:
    assert wider(101, 10) * 10 > 101 - 10
    assert wider(101, 10) * 10 < 2 * 101


def test_what_lies_after_now_belongs_to_the_first_look() -> None:
    span, now = Span(START, START + timedelta(days=30)), START + timedelta(days=2)
    assert look(span, Sort.NEWEST, timedelta(hours=1), now)[0] == Span(
        now - timedelta(hours=1), span.end
    )


def test_a_page_goes_on_at_the_cursor_and_not_behind_it() -> None:
    span = Span(START, START + timedelta(days=30))
    at = START + timedelta(days=3)
    newest = rest(span, Sort.NEWEST, Cursor(sort=Sort.NEWEST, occurred_ms=millis(at)))
    assert newest == Span(span.start, at + timedelta(milliseconds=1))
    oldest = rest(span, Sort.OLDEST, Cursor(sort=Sort.OLDEST, occurred_ms=millis(at)))
    assert oldest == Span(at, span.end)


def test_another_order_goes_on_over_the_whole_period() -> None:
    span = Span(START, START + timedelta(days=400))
    assert rest(span, Sort.CONTACT_NAME, Cursor(sort=Sort.CONTACT_NAME, occurred_ms=5)) == span


def test_a_cursor_comes_back_as_it_was() -> None:
    cursor = Cursor(
        sort=Sort.CONTACT_NAME, sort_key="žluťoučký & 'kůň", occurred_ms=5, place=-(2**63)
    )
    assert Cursor.decode(cursor.encode(), Sort.CONTACT_NAME) == cursor


@pytest.mark.parametrize("letter", ["\x01", "\U0001f9d1", '"', "\u2028"])
def test_a_cursor_is_short_enough_whatever_the_contract_allows(letter: str) -> None:
    longest = Cursor(
        sort=Sort.PREVIOUS_DESCENDING, sort_key=letter * 1000, contact_id=letter * 200,
        occurred_ms=millis(LATEST) - 1, place=-(2**63), event_partition=2**32 - 1,
        event_offset=2**63 - 1,
    )  # fmt: skip
    text = longest.encode()
    assert len(text) <= CURSOR_AT_MOST
    assert re.fullmatch("[A-Za-z0-9_-]+", text)
    assert Cursor.decode(text, longest.sort) == longest


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "text",
    [
        "", "z", "zz", "é", encoded("{}"), encoded('{"sort":"rowid"}'),
        "!!" + Cursor(sort=Sort.NEWEST).encode(),
        encoded(f'{{"sort":"-timestamp","occurred_ms":{2**61}}}'),
    ],
)  # fmt: skip
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidFilter):
        Cursor.decode(text, Sort.NEWEST)


def test_a_cursor_of_another_order_is_refused() -> None:
    with pytest.raises(InvalidFilter, match="another sort"):
        Cursor.decode(Cursor(sort=Sort.OLDEST).encode(), Sort.NEWEST)
