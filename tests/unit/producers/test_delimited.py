"""CSV files that are not quite CSV, and what they are read as."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers import delimited
from producers.delimited import Unreadable, records


def read(text: str, delimiter: str = ",") -> list[tuple[int, list[str]]]:
    return list(records(io.StringIO(text, newline=""), delimiter))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('h\na\n"b\nc\n', "line 3: the quote that opens here is never closed"),
        ('h,i\na,b\n"c\nd","e\nf\ng\n', "line 4: the quote that opens here is never closed"),
        ('h,i\na,"b ""c"""\nd,"e ""\nf\n', "line 3: the quote that opens here is never closed"),
        ('h\n"a\nb\n"c\n', "line 2: the quote that opens here has text behind its end on line 4"),
        ('h\n5" a\n"b" c\n', "line 3: the quote that opens here has text behind its end on line 3"),
        ('"h\na\n', "line 1: the quote that opens here is never closed"),
    ],
)
def test_what_cannot_be_read_names_the_line_where_the_quote_opens(text: str, fault: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(text)
    assert str(caught.value).startswith(fault)


def test_a_quote_that_is_never_closed_does_not_take_all_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delimited, "LONGEST_CELL", 200_000)
    with pytest.raises(Unreadable, match=r"line 2: .* not closed within 200,000 characters"):
        read('h\na,"b' + "c\n" * 200_000)


def test_a_cell_is_as_long_as_the_file_needs() -> None:
    cell = 'a "quoted" line, and more\n' * 40_000
    assert read('h\n"' + cell.replace('"', '""') + '"\nb\n') == [
        (1, ["h"]),
        (2, [cell]),
        (40003, ["b"]),
    ]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("sep=;\r\na;b\r\n1,5;2\r\n", [(2, ["a", "b"]), (3, ["1,5", "2"])]),
        ('"sep=|"\na|b\n', [(2, ["a", "b"])]),
        ("SEP=\t\na\tb\n", [(2, ["a", "b"])]),
        ("\n\r\n,,\n  \na,b\n\n1,2\n", [(5, ["a", "b"]), (7, ["1", "2"])]),
        ("", []),
        ("\n\n", []),
        ("sep,b\n", [(1, ["sep", "b"])]),
    ],
)
def test_the_header_is_the_first_line_that_says_anything(
    text: str, rows: list[tuple[int, list[str]]]
) -> None:
    assert read(text) == rows


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=2), min_size=1))
def test_what_is_written_as_csv_is_read_as_it_was(rows: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["first", ""], *rows])
    assert [row for _, row in read(text.getvalue())] == [["first", ""], *rows]


@given(st.text(st.sampled_from('a,"\n'), max_size=40))
def test_no_record_is_lost_without_a_word(text: str) -> None:
    """Whatever is read, and the line of the fault, account for every line."""
    try:
        rows = read("h\n" + text)
    except Unreadable as error:
        opens = int(str(error).split(":")[0].removeprefix("line "))
        assert '"' in ("h\n" + text).split("\n")[opens - 1]
        return
    assert sum(len(row) for _, row in rows) <= 2 + text.count(",") + text.count("\n")
    lenient = list(csv.reader(io.StringIO("h\n" + text, newline="")))
    assert [row for _, row in rows] == [row for row in lenient if row]
