"""The report and the log as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from rich.cells import cell_len, set_cell_size
from rich.console import RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from producers.terminal import plain
from queries.answers import Report
from queries.freshness import Freshness, Held
from queries.log import COLUMNS, LogRow

NO_DATA = "The selected filter(s) have no applicable data"
HEADINGS = (
    "Timestamp", "Conversation ID", "Contact ID", "Contact Name", "Previous Assignee",
    "Assigned To", "Source", "Assigned By",
)  # fmt: skip


def report_title(report: Report) -> str:
    """Workspace, days (both included) and zone."""
    first = report.start.date()
    last = (report.end - timedelta(milliseconds=1)).date()
    days = f"{first} to {last}" if last > first else f"{first}"
    return f"Assignments of workspace {report.workspace}, {days} ({report.timezone})"


def report_bars(report: Report) -> RenderableType:
    """A bar per source, its count and its share."""
    if not report.total:
        return Text(NO_DATA)
    table = Table.grid(padding=(0, 2))
    for justify in ("left", "left", "right", "right"):
        table.add_column(justify=justify)
    most = max(row.count for row in report.sources)
    for row in report.sources:
        bar = ProgressBar(total=most, completed=row.count, width=40)
        table.add_row(row.source.label, bar, f"{row.count:,}", f"{row.percent:.1f} %")
    return table


def report_foot(report: Report, tz: ZoneInfo) -> str:
    """The total with and without unassignments, and how complete it is."""
    without = report.total - report.unassignments
    return (
        f"Total {report.total:,}: {without:,} to somebody, {report.unassignments:,} unassignments. "
        + completeness(report, tz)
    )


def completeness(freshness: Freshness, tz: ZoneInfo) -> str:
    """One sentence on how far the numbers reach."""
    if freshness.complete_to is None:
        return "Complete to: unknown (no Kafka answers)."
    at = freshness.complete_to.astimezone(tz)
    dead = freshness.dead_letters or 0
    events = "event" if dead == 1 else "events"
    line = f"Complete to {at:%Y-%m-%d %H:%M:%S}; {dead:,} {events} in the dead letters."
    return f"{line} {_waits(freshness.waits_for, tz)}" if freshness.waits_for else line


def _waits(held: Held, tz: ZoneInfo) -> str:
    if held.by == "stop":
        return plain(f"Partition {held.partition} of {held.topic} stands still: {held.why}.")
    name, since = held.transactional_id or "somebody", held.since.astimezone(tz)
    return plain(
        f"It waits for a transaction that {name} has had open in partition {held.partition} of"
        f" {held.topic} since {since:%Y-%m-%d %H:%M:%S}."
    )


def cells(row: LogRow) -> list[str]:
    """The eight columns as the report shows them."""
    shown = [getattr(row, name) for name in COLUMNS]
    shown[0] = row.timestamp.strftime("%Y-%m-%d %H:%M:%S")
    shown[COLUMNS.index("source")] = row.source.label
    return [plain(str(cell)) for cell in shown]


def log_lines(rows: Sequence[LogRow]) -> Iterator[str]:
    """The log in columns wide enough for what is in them, any script."""
    table = [list(HEADINGS), *map(cells, rows)]
    widths = [max(map(cell_len, column)) for column in zip(*table, strict=True)]
    for line in table:
        padded = (set_cell_size(cell, width) for cell, width in zip(line, widths, strict=True))
        yield "  ".join(padded).rstrip()
