from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from queries.export_plan import pieces
from queries.periods import Span

START = datetime(2026, 1, 1, tzinfo=UTC)
MOST = 100
counts = st.dictionaries(st.integers(0, 40), st.integers(1, 450), max_size=30)


@given(counts, st.integers(0, 14), st.integers(1, 14))
def test_pieces_cover_everything_once_and_are_small(
    counted: dict[int, int], late: int, early: int
) -> None:
    span = Span(START + timedelta(minutes=late), START + timedelta(hours=10, minutes=15 - early))
    base = int(START.timestamp())
    buckets = [(base + 900 * n, rows) for n, rows in sorted(counted.items())]
    found = list(pieces(span, buckets, MOST))
    at = span.start
    for piece in found:
        if piece.slice == 0:
            assert piece.span.start == at
            at = piece.span.end
        held = sum(
            rows
            for seconds, rows in buckets
            if piece.span.start < datetime.fromtimestamp(seconds + 900, UTC)
            and datetime.fromtimestamp(seconds, UTC) < piece.span.end
        )
        assert held / piece.slices <= MOST
    assert at == span.end
    sliced = [piece for piece in found if piece.slices > 1]
    for piece in sliced:
        same = [other.slice for other in sliced if other.span == piece.span]
        assert sorted(same) == list(range(piece.slices))


def test_nothing_to_export_is_one_piece_of_nothing() -> None:
    span = Span(START, START + timedelta(days=1))
    assert [piece.span for piece in pieces(span, [])] == [span]
