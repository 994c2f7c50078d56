"""Every number opens exactly the rows that it counts, where one sees them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.integration.queries.browser import Reader
from tests.integration.queries.conftest import World
from tests.integration.queries.page.reading import NEEDS, expected

pytestmark = NEEDS

NUMBERS = {
    "a source": ("", "table.legend tbody td:nth-child(2)"),
    "a step of the trend": ("", "#trend-table tbody td:nth-child(2)"),
    "unassignments of a step": ("", "#trend-table tbody td:nth-child(3)"),
    "all hand-offs": ("view=handoffs", ".matrix .sums td:nth-child(2)"),
    "all that one got": ("view=handoffs", ".matrix .sums td:nth-child(3)"),
    "all that one passed on": (
        "view=handoffs&passed_by=holder", ".matrix tr:nth-child(2) td:nth-child(2)",
    ),
    "hand-offs": ("view=handoffs", ".matrix tr:nth-child(2) td:nth-child(3)"),
    "assignments that began a hold": ("view=time_held", "main table td:nth-child(2)"),
    "what is held still": ("view=time_held&held_by=team", "main table td:nth-child(3)"),
    "assignments of a conversation": (
        "view=conversations", "section:has(#h-conversations) td:nth-child(3)",
    ),
}  # fmt: skip


def counted(cells: Locator) -> Locator:
    """The first cell with a number that is not 0."""
    return cells.filter(has_not_text="^0?$").get_by_role("link").first


@pytest.mark.parametrize(("query", "cells"), NUMBERS.values(), ids=NUMBERS)
def test_a_number_opens_its_rows(reader: Reader, query: str, cells: str) -> None:
    page = reader.open(query).page
    for details in page.locator("#results details").all():
        details.locator("summary").click()
    number = counted(page.locator(cells))
    count = int(number.inner_text().replace(",", ""))
    number.click()
    expect(page.get_by_role("link", name="Show all")).to_be_visible()
    reader.sees_rows(count)
    expect(page.locator("#log")).to_be_in_viewport()


def log_in_view(page: Page) -> None:
    expect(page.get_by_role("heading", name="Log")).to_be_in_viewport()


def test_rows_that_are_opened_come_into_view_and_are_told(world: World, reader: Reader) -> None:
    page = reader.open().page
    expect(page.get_by_role("heading", name="Log")).not_to_be_in_viewport()
    page.locator("table.legend").get_by_role("link", name="Workflow").click()
    log_in_view(page)
    rows = len(expected(world, source=["workflow"]))
    told = page.locator("[aria-live=polite]")
    expect(told).to_contain_text("Only Source: Workflow")
    expect(told).to_contain_text(f"{rows:,} of {rows:,} rows")
    page.get_by_role("radio", name="Last 7 Days").check()
    expect(told).to_contain_text(f"{len(expected(world, period='7d')):,} assignments from")


@pytest.mark.parametrize("kind", ["Assignments", "To somebody", "Unassignments"])
def test_a_total_leads_to_its_rows(reader: Reader, kind: str) -> None:
    page = reader.open().page
    total = page.get_by_role("region", name="Assignments").get_by_role(
        "link", name=re.compile(f"^{kind}")
    )
    count = int(total.locator("b").inner_text().replace(",", ""))
    total.click()
    log_in_view(page)
    reader.sees_rows(count)


def test_sorting_the_opened_rows_moves_nothing(reader: Reader) -> None:
    page = reader.open().page
    page.locator("table.legend").get_by_role("link", name="Workflow").click()
    log_in_view(page)
    page.evaluate("() => scrollBy(0, -150)")
    before = page.evaluate("() => scrollY")
    page.get_by_role("columnheader", name="Contact Name").get_by_role("link").click()
    header = page.get_by_role("columnheader", name="Contact Name")
    expect(header).to_have_attribute("aria-sort", "ascending")
    assert page.evaluate("() => scrollY") == before


def test_loops_open_what_the_conversation_went_through(reader: Reader) -> None:
    page = reader.open("view=conversations&from=2026-01-01&to=2026-03-31").page
    loop = page.locator("tbody tr").filter(has_text="straight back").first
    conversation = loop.get_by_role("rowheader").inner_text()
    loop.get_by_role("link", name="straight back").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(conversation)
