from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from zoneinfo import ZoneInfo

from rich.cells import cell_len
from rich.console import Console

from queries.answers import Report
from queries.freshness import UNKNOWN
from queries.log import LogRow
from queries.summary import SourceCount
from queries.terminal import completeness, log_lines, report_bars, report_foot, report_title

UTC_ZONE = ZoneInfo("UTC")


def report(**changes: object) -> Report:
    given: dict[str, object] = {
        "total": 4, "unassignments": 1, "workspace": "1", "timezone": "UTC", "status": "complete",
        "sources": [
            SourceCount(source="bot", count=1, percent=25),
            SourceCount(source="user", count=3, percent=75),
        ],
        "start": datetime(2016, 2, 29, tzinfo=UTC), "end": datetime(2016, 3, 2, tzinfo=UTC),
        "complete_to": datetime(2026, 1, 1, 14, 32, 10, tzinfo=UTC), "dead_letters": 3,
    }  # fmt: skip
    return Report(**{**given, **changes})


def printed(answer: Report) -> str:
    out = StringIO()
    Console(file=out, width=100).print(report_bars(answer))
    return out.getvalue()


def test_bars_have_label_count_and_share() -> None:
    lines = printed(report()).splitlines()
    assert "Bot (Dialogflow)" in lines[0]
    assert lines[0].rstrip().endswith("25.0 %")
    assert lines[1].count("━") > 2 * lines[0].count("━") > 0


def test_nothing_says_so_in_the_reports_words() -> None:
    empty = report(total=0, sources=[])
    assert "The selected filter(s) have no applicable data" in printed(empty)


def test_the_title_names_first_and_last_day() -> None:
    assert report_title(report()) == "Assignments of workspace 1, 2016-02-29 to 2016-03-01 (UTC)"


def test_the_foot_has_both_totals_and_how_complete_they_are() -> None:
    foot = report_foot(report(), ZoneInfo("Asia/Kathmandu"))
    assert "Total 4: 3 to somebody, 1 unassignments." in foot
    assert "Complete to 2026-01-01 20:17:10; 3 events in the dead letters." in foot
    assert "unknown" in completeness(UNKNOWN, UTC_ZONE)


def test_the_log_lines_up_in_any_script() -> None:
    rows = [
        LogRow(
            timestamp=datetime(2026, 1, 1, tzinfo=UTC), conversation_id="c", contact_id="7",
            contact_name=name, previous_assignee="-", assigned_to="Ann", source="user",
            assigned_by="Bo", previous_assignee_kind=None,
            previous_assignee_id=None, assigned_to_kind="user", assigned_to_id="1", team=None,
            actor_id="2", actor_name="Bo", previous_since=None, event_id="e",
        )
        for name in ("佐藤 花子", "Zoë", "two\nlines\t\x1b[31m")
    ]  # fmt: skip
    head, *lines = log_lines(rows)
    assert head.split("  ")[0] == "Timestamp"
    assert len(lines) == 3
    assert len({cell_len(line.partition(" -")[0]) for line in lines}) == 1
    assert not any("\x1b" in line for line in lines)
