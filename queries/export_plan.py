"""How an export is cut into pieces that each fit into memory, whatever its size. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from queries.periods import Span
from queries.zones import EPOCH

ROWS_PER_PIECE = 50_000
"""Some 15 MB as text: small for the reader, large enough that the number of queries is no cost."""


@dataclass(frozen=True)
class Piece:
    """A stretch of time; where one 15 minutes hold too much, one of several slices of it."""

    span: Span
    slice: int = 0
    slices: int = 1


def pieces(
    span: Span, buckets: Sequence[tuple[int, int]], most: int = ROWS_PER_PIECE
) -> Iterator[Piece]:
    """Pieces that cover all of `span`, in order; `buckets` are 15 minutes (Unix seconds) and rows.

    Rows that arrive after the buckets were counted still fall into exactly one piece.
    """
    start, held = span.start, 0
    for seconds, rows in buckets:
        bucket = Span(
            EPOCH + timedelta(seconds=seconds), EPOCH + timedelta(seconds=seconds + 900)
        ).overlap(span)
        if held and held + rows > most:
            yield Piece(Span(start, bucket.start))
            start, held = bucket.start, 0
        if rows > most:
            if start < bucket.start:
                yield Piece(Span(start, bucket.start))
            slices = -(-rows // most)
            yield from (Piece(bucket, number, slices) for number in range(slices))
            start, held = bucket.end, 0
        else:
            held += rows
    if start < span.end:
        yield Piece(Span(start, span.end))
