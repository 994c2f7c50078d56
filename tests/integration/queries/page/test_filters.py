"""Periods, filters and the two empty states, as a person uses them."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.integration.queries.browser import Reader
from tests.integration.queries.conftest import World
from tests.integration.queries.page.reading import NEEDS, NO_DATA, NOT_APPLICABLE, address, expected

pytestmark = NEEDS


PERIODS = {
    "Today": "today", "Yesterday": "yesterday", "Last 7 Days": "7d", "Last 14 Days": "14d",
    "This Month": "this_month", "Last Month": "last_month",
}  # fmt: skip


def test_a_period_is_one_click(world: World, reader: Reader) -> None:
    page = reader.open().page
    for label, period in PERIODS.items():
        page.get_by_role("radio", name=label).check()
        reader.sees_total(len(expected(world, period=period)))
        assert address(reader)["period"] == [period]


def test_a_date_range_is_typed_in(world: World, reader: Reader) -> None:
    page = reader.open().page
    page.get_by_role("radio", name="Date range").check()
    page.get_by_label("From", exact=True).fill("2026-02-01")
    page.get_by_label("To", exact=True).fill("2026-02-10")
    span = {"from": "2026-02-01", "to": "2026-02-10"}
    reader.sees_total(len(expected(world, **span)))
    assert {name: address(reader)[name] for name in span} == {n: [v] for n, v in span.items()}


def test_filters_take_several_values_and_combine(world: World, reader: Reader) -> None:
    reader.open()
    reader.pick("Assigned To", "odeg", "Bo Ødegård (8)")
    reader.sees_total(len(expected(world, assigned_to=["8"])))
    reader.pick("Assigned To", "unas", "Unassigned")
    reader.sees_total(len(expected(world, assigned_to=["8", "-"])))
    reader.pick("Source", "Work", "Workflow")
    reader.sees_total(len(expected(world, assigned_to=["8", "-"], source=["workflow"])))
    assert sorted(address(reader)["assigned_to"]) == ["-", "8"]
    assert address(reader)["source"] == ["workflow"]


def test_who_assigned_can_be_nobody(world: World, reader: Reader) -> None:
    reader.open()
    reader.pick("Assigned By User", "-", "-")
    reader.sees_total(len(expected(world, assigned_by=["-"])))


def test_contacts_are_searched_by_name_or_id(world: World, reader: Reader) -> None:
    contact = next(row for row in expected(world) if row["contact_name"].startswith("李雷"))
    reader.open()
    reader.pick("Contact", "李雷", f"{contact['contact_name']} ({contact['contact_id']})")
    reader.sees_total(len(expected(world, contact=[contact["contact_id"]])))


def test_a_conversation_is_typed_in(world: World, reader: Reader) -> None:
    conversation = expected(world)[0]["conversation_id"]
    page = reader.open().page
    box = page.get_by_role("combobox", name="Conversation ID")
    box.click()
    box.press_sequentially(conversation)
    box.press("Enter")
    reader.sees_total(len(expected(world, conversation=[conversation])))


def test_clear_all_resets_the_filters_and_keeps_the_period(world: World, reader: Reader) -> None:
    reader.open("period=14d&assigned_to=8&source=user&contact=5&kind=assignment")
    reader.page.get_by_role("link", name="Clear All").click()
    reader.sees_total(len(expected(world, period="14d")))
    assert set(address(reader)) == {"workspace", "period"}


def test_nothing_that_matches_says_so(reader: Reader) -> None:
    reader.open("from=1999-01-01&to=1999-01-31")
    assert reader.page.get_by_text(NO_DATA, exact=True).count() == 2
    assert reader.page.locator("[data-chart]").count() == 0
    reader.open("contact=nobody-has-this")
    assert reader.page.get_by_text(NO_DATA, exact=True).count() == 2


def test_a_filter_without_meaning_says_so(reader: Reader) -> None:
    reader.open("source=workflow&assigned_by=7")
    expect(reader.page.get_by_text(NOT_APPLICABLE, exact=True)).to_be_visible()
    reader.open("view=handoffs&assigned_to=-")
    expect(reader.page.get_by_text(NOT_APPLICABLE, exact=True)).to_be_visible()
    reader.page.get_by_role("link", name="Overview").click()
    expect(reader.page.get_by_text(NOT_APPLICABLE, exact=True)).to_have_count(0)
