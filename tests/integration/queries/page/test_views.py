"""Timelines, hand-offs, time held, conversations."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.integration.queries.browser import Reader
from tests.integration.queries.conftest import World
from tests.integration.queries.page.reading import NEEDS, address, expected

pytestmark = NEEDS


def test_a_contact_opens_its_timeline(world: World, reader: Reader) -> None:
    page = reader.open("contact=5&from=2026-01-01&to=2026-03-31").page
    chain = [row for row in world.rows if row["contact_id"] == "5"]
    page.locator("#log-rows").get_by_role("link", name="5", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Contact")
    expect(page.locator("tbody tr")).to_have_count(len(chain))
    page.get_by_role("link", name="Back to the report").click()
    assert address(reader)["contact"] == ["5"]
    page.go_back()
    page.go_back()
    page.locator("#log-rows").get_by_role("link", name=chain[0]["conversation_id"]).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(chain[0]["conversation_id"])


def test_a_cell_of_the_handoffs_opens_its_rows(world: World, reader: Reader) -> None:
    page = reader.open().page
    page.get_by_role("link", name="Hand-offs").click()
    page.get_by_role("link", name="By who held it before").click()
    expect(page.get_by_role("columnheader", name="Held it before")).to_be_visible()
    cell = page.locator("table.matrix tbody tr").nth(2).locator("td a").nth(1)
    count = int(cell.inner_text())
    cell.click()
    reader.sees_rows(count)
    assert address(reader)["view"] == ["handoffs"]
    page.get_by_role("link", name="By who or what acted").click()
    reader.sees_rows(len(expected(world)))
    page.get_by_role("link", name="Route by language").click()
    opened = "Only Acted: Route by language (7) · Kind: To somebody"
    expect(page.locator(".narrowed")).to_contain_text(opened)


def test_time_held_names_nobody_and_opens_its_rows(world: World, reader: Reader) -> None:
    page = reader.open("view=time_held").page
    line = page.get_by_role("row").filter(has=page.get_by_role("link", name="Nobody"))
    rows = len(expected(world, assigned_to=["-"]))
    expect(line.locator("td").first).to_have_text(f"{rows:,}")
    line.get_by_role("link", name="Nobody").click()
    reader.sees_rows(rows)
    page.get_by_role("link", name="By team").click()
    page.get_by_role("link", name="Sales").click()
    reader.sees_rows(len(expected(world, team=["s"])))
    expect(page.locator(".narrowed")).to_contain_text("Team: Sales (s)")


def test_what_is_still_held_opens_its_rows(world: World, reader: Reader) -> None:
    page = reader.open("view=time_held").page
    line = page.get_by_role("row").filter(has=page.get_by_role("link", name="Nobody"))
    cell = line.locator("td").nth(1)
    still = len(expected(world, assigned_to=["-"], hold=["running"]))
    expect(cell).to_have_text(f"{still:,}")
    assert 0 < still < len(expected(world, assigned_to=["-"]))
    cell.get_by_role("link").click()
    reader.sees_rows(still)
    expect(page.locator(".narrowed")).to_contain_text("Assigned To: Unassigned · Held: Still")


def test_conversations_show_their_hands_and_open_their_rows(reader: Reader) -> None:
    page = reader.open("view=conversations&from=2026-01-01&to=2026-03-31").page
    line = page.locator("section:has(#h-conversations) tbody tr").first
    count = int(line.locator("td").nth(1).inner_text())
    assert line.locator(".hands").inner_text().count("→") == count
    line.locator("td").nth(1).get_by_role("link").click()
    reader.sees_rows(count)
    loops = page.get_by_text("straight back")
    assert loops.count() > 0
