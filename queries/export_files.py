"""The three formats of an export: how one piece after the other gets into one file."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

HEADINGS = (
    "Timestamp", "Conversation ID", "Contact ID", "Contact Name", "Previous Assignee",
    "Assigned To", "Source", "Assigned By", "Event ID", "Timestamp (UTC)", "Previous Assignee ID",
    "Assigned To ID", "Team", "Acted", "Previous Assignee Kind", "Assigned To Kind",
)  # fmt: skip
"""The log's eight columns in their order, then what identifies them."""


class Format(StrEnum):
    """What an export can be written as."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"

    @property
    def media_type(self) -> str:
        """For HTTP."""
        return {
            Format.CSV: "text/csv; charset=utf-8",
            Format.JSONL: "application/jsonl",
            Format.PARQUET: "application/vnd.apache.parquet",
        }[self]


class Writer(Protocol):
    """Writes pieces of rows; `close` ends the file.

    A piece is the answer to `query` in `format`, one of ClickHouse's.
    """

    query: str
    format: str

    def write(self, answer: bytes) -> int:
        """Write one piece; how many rows it had."""
        ...

    def close(self) -> None:
        """What the format wants at the end."""
        ...


def writer(fmt: Format, out: BinaryIO) -> Writer:
    """The writer of a format, its head already written."""
    if fmt is Format.PARQUET:
        return _Parquet(out)
    return _Csv(out) if fmt is Format.CSV else _Lines(out)


class _Lines:
    """One line for each row."""

    query = "export_rows"
    format = "JSONEachRow"

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def write(self, answer: bytes) -> int:
        self._out.write(answer)
        return answer.count(b"\n")

    def close(self) -> None:
        pass


class _Csv(_Lines):
    """With a UTF-8 mark, without which Excel takes it for another encoding."""

    query = "export_csv"
    format = "CSV"

    def __init__(self, out: BinaryIO) -> None:
        super().__init__(out)
        head = ",".join(f'"{heading}"' for heading in HEADINGS)
        out.write(b"\xef\xbb\xbf" + head.encode() + b"\n")


class _Parquet:
    """One row group per piece."""

    query = "export_rows"
    format = "Arrow"

    def __init__(self, out: BinaryIO) -> None:
        import pyarrow.parquet as pq

        self._schema = _schema()
        self._writer = pq.ParquetWriter(out, self._schema, compression="zstd")

    def write(self, answer: bytes) -> int:
        import pyarrow as pa

        if not answer:
            return 0
        table = pa.ipc.open_file(pa.py_buffer(answer)).read_all()
        if table.num_rows:
            self._writer.write_table(table.cast(self._schema))
        return int(table.num_rows)

    def close(self) -> None:
        self._writer.close()


def _schema() -> pa.Schema:
    import pyarrow as pa

    text, instant = pa.string(), pa.timestamp("ms", tz="UTC")
    names = (
        "timestamp", "conversation_id", "contact_id", "contact_name", "previous_assignee",
        "assigned_to", "source", "assigned_by", "event_id",
        "previous_assignee_kind", "previous_assignee_id", "assigned_to_kind", "assigned_to_id",
        "team_id", "team", "previous_since", "assigned_by_id", "actor_id",
        "actor_name",
    )  # fmt: skip
    times = ("timestamp", "previous_since")
    return pa.schema([(name, instant if name in times else text) for name in names])
