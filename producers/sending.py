"""`baton send`: rows of a file to Kafka, and a report of what became of them."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from producers.delimited import Unreadable
from producers.interrupts import Interrupts
from producers.mapping import Mapping
from producers.rows import Ready, Refused, Row, from_csv, from_json_lines
from producers.sender import KafkaUnavailable, Sender

_GZIP = b"\x1f\x8b"
_DAMAGED = (OSError, EOFError, UnicodeError, Unreadable, zlib.error)
_FLUSH_SECONDS = 0.2


@dataclass(frozen=True)
class Input:
    """An open file: its rows, its size in bytes (None for a pipe), and how far it has been read."""

    rows: Iterator[Row]
    size: int | None
    position: Callable[[], int]


@contextlib.contextmanager
def open_input(name: str, mapping: Mapping | None) -> Iterator[Input]:
    """Open a file, or standard input for `-`, compressed or not, as JSON Lines, or as CSV if there
    is a mapping. Raises OSError; the rows raise OSError, EOFError, zlib.error, UnicodeError and
    Unreadable where the file is damaged, MappingError where its header is another."""
    with contextlib.ExitStack() as files:
        if name == "-":
            stream, size = sys.stdin.buffer, None
        else:
            stream, size = files.enter_context(open(name, "rb")), os.stat(name).st_size
        packed = cast(io.BufferedReader, stream).peek(len(_GZIP)).startswith(_GZIP)
        lines = cast(BinaryIO, gzip.GzipFile(fileobj=stream)) if packed else stream
        yield Input(_rows(lines, mapping), size, stream.tell)


def _rows(lines: BinaryIO, mapping: Mapping | None) -> Iterator[Row]:
    if mapping is None:
        return from_json_lines(lines)
    # What is not in the encoding is refused with its row, by the contract, not with the file.
    text = io.TextIOWrapper(lines, mapping.encoding, errors="surrogateescape", newline="")
    return from_csv(text, mapping)


class RefusedFile:
    """Refused rows as JSON Lines (`line`, `reasons`, `row`); without any there is no file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._file: BinaryIO | None = None

    def begin(self, source: str) -> None:
        """Take away what an earlier run left; raises OSError if it is the source itself."""
        if self.path.exists():
            if source != "-" and self.path.samefile(source):
                raise OSError(f"{self.path}: cannot take refused rows, it is the input")
            self.path.unlink()

    def add(self, row: Refused) -> None:
        """Write one row."""
        if self._file is None:
            self._file = self.path.open("wb")
        self._file.write(row.as_json())
        self.count += 1

    def close(self) -> None:
        """Write out what is buffered."""
        if self._file is not None:
            self._file.close()


@dataclass
class Result:
    """What became of a file."""

    rows: int = 0
    failure: str | None = None
    interrupted: bool = False

    @property
    def complete(self) -> bool:
        """Whether every row was read, and Kafka confirmed all it was given."""
        return not self.failure and not self.interrupted


def send_all(
    rows: Iterable[Row],
    sender: Sender | None,
    refused: RefusedFile,
    interrupts: Interrupts,
    on_progress: Callable[[int], None],
) -> Result:
    """Send every row, or only check them if there is no sender.

    Returns when Kafka has confirmed all it took, or has failed. A first interrupt ends the reading,
    a second the waiting. Raises MappingError, before anything is sent."""
    result = Result()
    try:
        for row in interrupts.until_interrupted(rows):
            result.rows += 1
            if isinstance(row, Refused):
                refused.add(row)
            elif sender is not None:
                _send(row, sender, interrupts)
            on_progress(result.rows)
    except _DAMAGED as error:
        result.failure = f"Stopped after row {result.rows:,}: {error}"
    except KafkaUnavailable as error:
        result.failure = str(error)
    if sender is not None:
        result.failure = _confirm(sender, interrupts) or result.failure
    result.interrupted = interrupts.count > 0
    return result


def _send(message: Ready, sender: Sender, interrupts: Interrupts) -> None:
    while not sender.send(message) and not interrupts.count:
        pass


def _confirm(sender: Sender, interrupts: Interrupts) -> str | None:
    while not sender.flush(_FLUSH_SECONDS) and interrupts.count < 2 and not sender.failure:
        pass
    return sender.failure
