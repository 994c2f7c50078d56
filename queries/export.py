"""Data Export: every row of a selection into one file, in constant memory, never half a file.

The file grows beside the one asked for and takes its place when it is whole, together with a
manifest that says what it holds (`export_pair.py`). Each piece is one complete answer of
ClickHouse, so an answer that breaks off is an error and not an end.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import Field

from producers.interrupts import Interrupts
from queries.answers import Asked
from queries.export_files import Format, writer
from queries.export_pair import replacing
from queries.export_plan import ROWS_PER_PIECE, Piece, pieces
from queries.freshness import Freshness
from queries.periods import utc_now
from queries.question import Question
from queries.selection import Selection
from queries.sql import statement
from queries.store import Store
from queries.summary import summarize
from queries.tables import LABELS, shown_rows, tally

Progress = Callable[[int], None]
"""Told how many rows are written so far."""


class Manifest(Asked, Freshness):
    """What an export holds; it exists only beside a whole one."""

    format: Format
    filters: dict[str, Any] = Field(description="As they stand in the page's address.")
    rows: int
    bytes: int
    sha256: str
    as_of: datetime = Field(description="When reading began; later rows may be in it.")
    finished_at: datetime


class _Counted(io.RawIOBase):
    """Passes bytes on to a file, counting and hashing them."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self.size = 0
        self.digest = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.size

    def write(self, data: Any, /) -> int:
        view = memoryview(data).cast("B")
        self._file.write(view)
        self.digest.update(view)
        self.size += len(view)
        return len(view)


def total(store: Store, question: Question) -> int:
    """How many rows an export will have, about: more may arrive while it runs."""
    return summarize(store, question.selection).total


def export(
    store: Store,
    question: Question,
    fresh: Freshness,
    fmt: Format,
    target: Path,
    progress: Progress = lambda rows: None,
    interrupts: Interrupts | None = None,
) -> Manifest:
    """Write `target` and its manifest, in place of older ones.

    Raises QueryError, NotWritten, or Interrupted (between or while pieces are read): the older ones
    then stay.
    """
    as_of = utc_now()
    with replacing(target) as pair:
        counted = _Counted(pair.file)
        read = (interrupts or Interrupts()).reading
        rows = _write(store, question.selection, fmt, counted, progress, read)
        manifest = Manifest(
            **Asked.of(question).model_dump(),
            **fresh.model_dump(),
            format=fmt,
            filters=question.filters.address(),
            rows=rows,
            bytes=counted.size,
            sha256=counted.digest.hexdigest(),
            as_of=as_of,
            finished_at=utc_now(),
        )
        pair.publish(manifest.model_dump_json(by_alias=True, indent=1).encode() + b"\n")
    return manifest


def _write(
    store: Store,
    selection: Selection,
    fmt: Format,
    out: _Counted,
    progress: Progress,
    read: Callable[[Callable[[], Any]], Any],
) -> int:
    rows = 0
    with closing(writer(fmt, out)) as into:  # type: ignore[arg-type]  # all of BinaryIO it uses
        query = statement(into.query, **shown_rows(selection))
        for piece in read(partial(_pieces, store, selection)):
            parameters = {
                **selection.during(piece.span).parameters(),
                **LABELS,
                "timezone": selection.tz.key,
                "slice": piece.slice,
                "slices": piece.slices,
            }
            rows += into.write(read(partial(store.raw, query, parameters, into.format)))
            progress(rows)
    return rows


def _pieces(store: Store, selection: Selection) -> list[Piece]:
    query = statement("export_plan", **tally(selection))
    buckets = store.rows(query, selection.parameters())
    counted = [(row["bucket"], row["assignments"]) for row in buckets]
    return list(pieces(selection.span, counted, ROWS_PER_PIECE))
