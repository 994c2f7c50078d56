"""Times of files to instants, daylight saving included."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.times import TimeFormat

BERLIN = ZoneInfo("Europe/Berlin")
MINUTES = "%d-%m-%Y %H:%M"


@pytest.mark.parametrize(
    ("written", "text", "instant"),
    [
        (TimeFormat(MINUTES, ZoneInfo("UTC")), "29-02-2016 01:23", "2016-02-29T01:23:00.000Z"),
        (TimeFormat(MINUTES, BERLIN), "29-02-2016 01:23", "2016-02-29T00:23:00.000Z"),
        (TimeFormat(MINUTES, ZoneInfo("Asia/Kathmandu")), "01-07-2016 00:00",
         "2016-06-30T18:15:00.000Z"),
        (TimeFormat("%Y-%m-%d %H:%M:%S%z"), "2016-02-29 01:23:00+0545", "2016-02-28T19:38:00.000Z"),
        (TimeFormat("unix"), "1456708980.25", "2016-02-29T01:23:00.250Z"),
        (TimeFormat("unix_ms"), "1456708980250", "2016-02-29T01:23:00.250Z"),
        (TimeFormat("rfc3339"), "2016-02-29T01:23:00+05:45", "2016-02-29T01:23:00+05:45"),
        (TimeFormat(MINUTES, BERLIN, "earlier"), "30-10-2016 02:30", "2016-10-30T00:30:00.000Z"),
        (TimeFormat(MINUTES, BERLIN, "later"), "30-10-2016 02:30", "2016-10-30T01:30:00.000Z"),
        (TimeFormat(MINUTES, BERLIN), "30-10-2016 03:00", "2016-10-30T02:00:00.000Z"),
    ],
)  # fmt: skip
def test_a_text_stands_for_one_instant(written: TimeFormat, text: str, instant: str) -> None:
    assert written.instant(text) == instant


@pytest.mark.parametrize("ambiguous", ["refuse", "earlier", "later"])
def test_a_time_that_clocks_pass_over_is_refused(ambiguous: str) -> None:
    with pytest.raises(ValueError, match="does not exist in Europe/Berlin"):
        TimeFormat(MINUTES, BERLIN, ambiguous).instant("27-03-2016 02:30")  # type: ignore[arg-type]


def test_a_time_that_is_there_twice_is_refused_unless_the_mapping_says_which() -> None:
    with pytest.raises(ValueError, match="is twice in Europe/Berlin"):
        TimeFormat(MINUTES, BERLIN).instant("30-10-2016 02:30")


@pytest.mark.parametrize(
    ("written", "text"),
    [(TimeFormat(MINUTES, BERLIN), "2016-02-29"), (TimeFormat("unix"), "x"),
     (TimeFormat("unix"), "nan"), (TimeFormat("unix_ms"), "9e99")],
)  # fmt: skip
def test_what_is_no_time_is_refused(written: TimeFormat, text: str) -> None:
    with pytest.raises(ValueError, match=r"does not match|is not a number"):
        written.instant(text)


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    st.timezones(),
)
def test_every_instant_is_found_again_from_its_wall_clock(moment: datetime, zone: ZoneInfo) -> None:
    moment = moment.replace(second=0, microsecond=0)
    wall = moment.astimezone(zone)
    written = TimeFormat("%Y-%m-%dT%H:%M:%S", zone, "later" if wall.fold else "earlier")
    found = written.instant(wall.strftime("%Y-%m-%dT%H:%M:%S"))
    assert datetime.fromisoformat(found) == moment
