"""Days and hours of 20 zones, held against ICU's own time zone rules by way of DuckDB."""

from __future__ import annotations

import zoneinfo
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from queries.errors import InvalidFilter
from queries.periods import Days, Span, Step, edges
from queries.zones import day_start, hours, in_quarters, in_zone, names, zone

# Quarter hours, half-hour and two-hour changes, changes at midnight, both hemispheres, both ends.
ZONES = [
    "UTC", "Asia/Kathmandu", "Australia/Eucla", "Pacific/Chatham", "Australia/Lord_Howe",
    "America/St_Johns", "Asia/Kolkata", "Africa/Casablanca", "Asia/Beirut", "America/Havana",
    "Africa/Cairo", "America/Santiago", "America/Scoresbysund", "Europe/London",
    "America/New_York", "Pacific/Apia", "Pacific/Kiritimati", "Pacific/Pago_Pago",
    "Antarctica/Troll", "Asia/Gaza",
]  # fmt: skip
YEAR = 2024
FIRST = datetime(YEAR, 1, 1, tzinfo=UTC)
HOURS = 366 * 24

Local = dict[datetime, datetime]


def icu(name: str) -> Local:
    """The local time of every hour of the year, as ICU has it."""
    rows = duckdb.execute(
        "SELECT epoch_ms(t)::BIGINT, (t AT TIME ZONE $zone)::VARCHAR "
        "FROM range(TIMESTAMPTZ '2024-01-01 00:00:00+00', TIMESTAMPTZ '2025-01-01 00:00:00+00', "
        "INTERVAL 1 HOUR) AS r(t)",
        {"zone": name},
    ).fetchall()
    assert len(rows) == HOURS
    return {
        datetime.fromtimestamp(ms / 1000, UTC): datetime.fromisoformat(text) for ms, text in rows
    }


@pytest.mark.parametrize("name", ZONES)
def test_every_hour_of_a_year_lies_in_the_day_it_belongs_to(name: str) -> None:
    by_day: dict[date, list[datetime]] = defaultdict(list)
    for instant, local in icu(name).items():
        by_day[local.date()].append(instant)
    for day, instants in by_day.items():
        span = Days(day, day).span(ZoneInfo(name))
        assert instants[0] < max(span.start, FIRST) + timedelta(hours=1), day
        assert all(span.start <= instant < span.end for instant in instants), day


@pytest.mark.parametrize("name", ZONES)
def test_every_hour_of_a_year_lies_in_the_bucket_it_belongs_to(name: str) -> None:
    tz = ZoneInfo(name)
    starts = hours(FIRST, FIRST + timedelta(hours=HOURS), tz)
    bucket = iter([*starts, datetime.max.replace(tzinfo=UTC)])
    this, following = next(bucket), next(bucket)
    for instant, local in icu(name).items():
        while following <= instant:
            this, following = following, next(bucket)
        begun = this.astimezone(tz)
        assert (begun.date(), begun.hour) == (local.date(), local.hour), instant


@pytest.mark.parametrize("name", ZONES)
def test_days_and_weeks_follow_each_other_without_gap(name: str) -> None:
    tz = ZoneInfo(name)
    span = Days(date(YEAR, 1, 1), date(YEAR, 12, 31)).span(tz)
    by_day = edges(span, Step.DAY, tz)
    assert by_day == sorted(set(by_day))
    assert len(by_day) == 366
    assert [day.astimezone(tz).date() for day in by_day] == [
        date(YEAR, 1, 1) + timedelta(days=n) for n in range(366)
    ]
    by_week = edges(span, Step.WEEK, tz)
    assert all(week.astimezone(tz).weekday() == 0 for week in by_week[1:])
    assert set(by_week) <= set(by_day)
    by_month = edges(span, Step.MONTH, tz)
    assert by_month == [day for day in by_day if day.astimezone(tz).day == 1]
    assert len(by_month) == 12


def test_a_day_begins_when_clocks_are_put_forward_over_midnight() -> None:
    beirut = ZoneInfo("Asia/Beirut")
    assert day_start(date(2024, 3, 31), beirut).astimezone(beirut).hour == 1
    assert day_start(date(2024, 3, 31), beirut) == datetime(2024, 3, 30, 22, tzinfo=UTC)


def test_a_day_begins_after_a_gap_that_holds_midnight() -> None:
    # Toronto, 1919: clocks went from 23:30 to 00:30, so that 31 March began at half past.
    toronto = ZoneInfo("America/Toronto")
    begun = day_start(date(1919, 3, 31), toronto)
    assert begun.astimezone(toronto).replace(tzinfo=None) == datetime(1919, 3, 31, 0, 30)
    assert (begun - timedelta(seconds=1)).astimezone(toronto).date() == date(1919, 3, 30)


def test_a_day_that_a_zone_left_out_is_empty() -> None:
    apia = ZoneInfo("Pacific/Apia")
    left_out = Days(date(2011, 12, 30), date(2011, 12, 30)).span(apia)
    assert left_out.start == left_out.end
    assert edges(left_out, Step.DAY, apia) == []


def test_an_hour_that_comes_twice_counts_twice() -> None:
    london = ZoneInfo("Europe/London")
    span = Days(date(2024, 10, 27), date(2024, 10, 27)).span(london)
    assert len(hours(span.start, span.end, london)) == 25


def test_hours_begin_with_the_span_and_then_on_the_hour() -> None:
    start = datetime(2024, 5, 1, 10, 7, tzinfo=UTC)
    found = hours(start, start + timedelta(hours=2), ZoneInfo("UTC"))
    assert [(edge.hour, edge.minute) for edge in found] == [(10, 7), (11, 0), (12, 0)]


@pytest.mark.parametrize(
    "name", ["Mars/Olympus", "", "../etc/passwd", "Europe", "x" * 300, "europe/paris", "\x00"]
)
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(InvalidFilter):
        zone(name)


@pytest.mark.parametrize("name", ["localtime", "posixrules", "Factory", "right/UTC", "Our/Office"])
def test_what_only_this_machine_knows_is_no_zone(name: str, tmp_path: Path) -> None:
    there = tmp_path / name
    there.parent.mkdir(exist_ok=True)
    there.write_bytes(files("tzdata.zoneinfo").joinpath("UTC").read_bytes())
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([str(tmp_path)])
    try:
        assert ZoneInfo.no_cache(name)
        with pytest.raises(InvalidFilter, match=name):
            zone(name)
    finally:
        zoneinfo.reset_tzpath(before)


def test_an_offset_that_cannot_be_written_is_left_out() -> None:
    monrovia, at = ZoneInfo("Africa/Monrovia"), datetime(1970, 1, 1, tzinfo=UTC)
    assert in_zone(at, monrovia).isoformat() == "1970-01-01T00:00:00+00:00"
    assert in_zone(at, ZoneInfo("Asia/Kolkata")).isoformat() == "1970-01-01T05:30:00+05:30"
    later = datetime(1972, 2, 1, tzinfo=UTC)
    assert in_zone(later, monrovia).tzinfo is monrovia


def test_every_name_is_that_of_a_zone() -> None:
    assert len(names()) > 400
    assert all(zone(name).key == name for name in names())


def test_a_span_of_nothing_has_no_buckets() -> None:
    assert edges(Span(FIRST, FIRST), Step.DAY, ZoneInfo("UTC")) == []


@pytest.mark.parametrize(
    ("instant", "begins"),
    [
        ("2026-01-01T05:45:00", True),
        ("1970-01-01T00:00:00", True),
        ("2026-01-01T05:45:01", False),
        ("2026-01-01T05:59:59.999", False),
    ],
)
def test_a_quarter_of_an_hour_begins(instant: str, begins: bool) -> None:
    at = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert in_quarters([at]) is begins
    assert in_quarters([]) is True
