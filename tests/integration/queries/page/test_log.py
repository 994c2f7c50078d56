"""Charts and log: every number opens its rows."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from queries import log
from tests.integration.queries.browser import Reader
from tests.integration.queries.conftest import World
from tests.integration.queries.oracle import shown
from tests.integration.queries.page.reading import NEEDS, address, expected

pytestmark = NEEDS


def test_the_legend_has_every_number_and_opens_its_rows(world: World, reader: Reader) -> None:
    page = reader.open().page
    legend = page.locator("table.legend tbody tr")
    cells = [row.inner_text().split("\t") for row in legend.all()]
    assert sum(float(row[-1].removesuffix(" %")) for row in cells) == pytest.approx(100)
    rows = expected(world, source=["zapier"])
    entry = next(row for row in cells if row[0].strip() == "Zapier")
    assert entry[1] == f"{len(rows):,}"
    link = page.get_by_role("link", name="Zapier")
    link.focus()
    page.keyboard.press("Enter")
    reader.sees_rows(len(rows))
    assert address(reader)["only"] == ["source:zapier"]
    reader.sees_total(len(expected(world)))


@pytest.mark.parametrize("chart", ["bar", "pie"])
def test_a_click_on_a_bar_or_slice_narrows_the_log(
    world: World, reader: Reader, chart: str
) -> None:
    page = reader.open().page
    shape = page.locator(f"#chart-{chart} svg path[fill='#2f7ed8']").first
    shape.element_handle().wait_for_element_state("stable")  # shapes grow into place
    box = shape.bounding_box()
    assert box is not None
    across = 0.5 if chart == "bar" else 0.85
    page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] / 2)
    reader.sees_rows(len(expected(world, source=["workflow"])))
    page.get_by_role("link", name="Show all").click()
    reader.sees_rows(len(expected(world)))


def test_the_totals_open_their_rows(world: World, reader: Reader) -> None:
    page = reader.open().page
    unassigned = len(expected(world, kind=["unassignment"]))
    page.get_by_role("link", name=f"Unassignments {unassigned:,}").click()
    reader.sees_rows(unassigned)
    somebody = len(expected(world, kind=["assignment"]))
    page.get_by_role("link", name=f"To somebody {somebody:,}").click()
    reader.sees_rows(somebody)


def test_the_course_can_be_read_as_a_table_that_opens_its_rows(
    world: World, reader: Reader
) -> None:
    page = reader.open("period=7d").page
    page.get_by_text("As a table").click()
    line = page.locator("#trend-table tbody tr").nth(2)
    count = int(line.locator("td").first.inner_text())
    line.get_by_role("link").first.click()
    reader.sees_rows(count)
    day = {"from": "2026-03-11", "to": "2026-03-11"}
    assert count == len(expected(world, **day)) > 0


def test_the_log_has_its_columns_in_order_newest_first(world: World, reader: Reader) -> None:
    page = reader.open("period=30d").page
    heads = [cell.inner_text() for cell in page.locator("#log thead th").all()]
    assert heads == [
        "Timestamp", "Conversation ID", "Contact ID", "Contact Name", "Previous Assignee",
        "Assigned To", "Source", "Assigned By",
    ]  # fmt: skip
    first = [cell.inner_text() for cell in page.locator("#log-rows tr").first.locator("td").all()]
    theirs = list(shown(expected(world)[0]))
    theirs[0] = re.sub(r"\.000$", "", theirs[0].replace("T", " ").removesuffix("Z"))
    assert first == [" ".join(cell.split()) for cell in theirs]
    stamp = page.locator("#log-rows time").first
    assert stamp.get_attribute("title") == "UTC+00:00"


def test_times_are_in_the_zone_with_its_offset(reader: Reader) -> None:
    page = reader.open().page
    page.get_by_label("Time zone").fill("Asia/Kathmandu")
    page.get_by_label("Time zone").press("Enter")
    expect(page.locator("#log-rows time").first).to_have_attribute("title", "UTC+05:45")
    assert address(reader)["timezone"] == ["Asia/Kathmandu"]


def test_a_column_sorts_both_ways(world: World, reader: Reader) -> None:
    page = reader.open().page
    names = sorted(row["contact_name"].lower().encode() for row in expected(world))
    head = page.get_by_role("columnheader", name="Contact Name")
    head.get_by_role("link").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    first = page.locator("#log-rows tr").first.locator("td").nth(3)
    assert first.inner_text().lower() == names[0].decode()
    head.get_by_role("link").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert first.inner_text().lower() == names[-1].decode()


def test_more_rows_come_as_one_scrolls(world: World, reader: Reader) -> None:
    page = reader.open("period=14d").page
    count = len(expected(world, period="14d"))
    rows = page.locator("#log-rows tr:not(.more)")
    assert rows.count() == 100 < count
    reader.scrolls_on(count)
    ids = rows.evaluate_all("rows => rows.map(row => row.id)")
    assert ids == [f"a-{row['event_id']}" for row in expected(world, period="14d")]


def test_a_long_log_says_that_it_is_cut_and_leads_to_the_export(
    world: World, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "SHOWN_AT_MOST", 150)
    page = reader.open("period=30d").page
    total = len(expected(world))
    expect(page.get_by_text(f"The log shows the first 150 of {total:,} rows.")).to_be_visible()
    reader.scrolls_on(150)
    page.get_by_role("link", name="Data Export has all of them.").click()
    expect(page.get_by_role("heading", name="Data Export")).to_be_in_viewport()
