"""Data Export: every row of a selection into one file, in constant memory, never half a file.

The file grows under a name of its own and gets the one asked for when it is whole; beside it lies
a manifest that says what it holds. Each piece is one complete answer of ClickHouse, so an answer
that breaks off is an error and not an end.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import Field

from queries.answers import Asked
from queries.export_files import Format, writer
from queries.export_plan import ROWS_PER_PIECE, Piece, pieces
from queries.freshness import Freshness
from queries.periods import utc_now
from queries.question import Question
from queries.selection import Selection
from queries.sql import statement
from queries.store import Store
from queries.summary import summarize, tally

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
) -> Manifest:
    """Write `target` and its manifest; raises QueryError or OSError and then leaves neither."""
    as_of = utc_now()
    growing = target.with_name(f"{target.name}.part")
    target.unlink(missing_ok=True)
    manifest_path(target).unlink(missing_ok=True)
    try:
        with growing.open("wb") as file:
            counted = _Counted(file)
            rows = _write(store, question.selection, fmt, counted, progress)
            file.flush()
            os.fsync(file.fileno())
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
        growing.replace(target)
        _write_manifest(manifest_path(target), manifest)
    except BaseException:
        with suppress(FileNotFoundError):
            growing.unlink()
        raise
    return manifest


def manifest_path(target: Path) -> Path:
    """Where the manifest of an export lies."""
    return target.with_name(f"{target.name}.manifest.json")


def _write_manifest(path: Path, manifest: Manifest) -> None:
    beside = path.with_name(f"{path.name}.part")
    beside.write_text(manifest.model_dump_json(by_alias=True, indent=1) + "\n", encoding="utf-8")
    beside.replace(path)


def _write(
    store: Store, selection: Selection, fmt: Format, out: _Counted, progress: Progress
) -> int:
    rows = 0
    with closing(writer(fmt, out)) as into:  # type: ignore[arg-type]  # all of BinaryIO it uses
        query = statement(into.query, "selected", given=selection.given)
        for piece in _pieces(store, selection):
            parameters = {
                **selection.during(piece.span).parameters(),
                "timezone": selection.tz.key,
                "slice": piece.slice,
                "slices": piece.slices,
            }
            rows += into.write(store, query, parameters)
            progress(rows)
    return rows


def _pieces(store: Store, selection: Selection) -> list[Piece]:
    buckets = store.rows(
        statement("export_plan", *tally(selection), given=selection.given), selection.parameters()
    )
    counted = [(row["bucket"], row["assignments"]) for row in buckets]
    return list(pieces(selection.span, counted, ROWS_PER_PIECE))
