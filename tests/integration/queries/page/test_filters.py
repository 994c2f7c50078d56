"""Periods, filters and the two empty states, as a person uses them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Request, Route, expect

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


def test_a_date_is_asked_for_when_it_is_typed_out(stranger: Reader) -> None:
    asked = listening(stranger)
    stranger.take_the_clock()
    page = stranger.open("from=2026-11-10&to=2026-11-12").page
    page.clock.pause_at(datetime(2100, 1, 1, tzinfo=UTC))
    page.get_by_label("From", exact=True).focus()
    page.keyboard.type("11052025")
    expect(page.get_by_label("From", exact=True)).to_have_value("2025-11-05")
    expect(page.get_by_role("alert")).to_have_count(0)
    assert asked == []
    stranger.passes(1)
    stranger.sees_total(0)
    expect(page).to_have_url(re.compile("from=2025-11-05&to=2026-11-12"))
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("from=2026-11-05&to=2026-11-12"))
    assert asked == ["2025-11-05", "2026-11-05"]


def test_a_range_that_cannot_be_is_said_beside_it_and_not_asked_for(reader: Reader) -> None:
    asked = listening(reader)
    page = reader.open("from=2026-03-10&to=2026-03-12").page
    before = page.url, reader.total
    first, last = page.get_by_label("From", exact=True), page.get_by_label("To", exact=True)
    for field, value, said in (
        (first, "2026-03-20", "ends before it begins"),
        (first, "", "Enter both dates"),
        (first, "1969-12-31", "from 1970 to 2105"),
        (last, "2106-01-01", "from 1970 to 2105"),
    ):
        kept = field.input_value()
        field.fill(value)
        field.press("Enter")
        expect(page.get_by_role("alert").filter(has_text=said)).to_be_visible()
        expect(field).to_have_attribute("aria-invalid", "true")
        field.fill(kept)
        expect(page.get_by_role("alert")).to_have_count(0)
    assert (page.url, reader.total) == before
    assert set(asked) <= {"2026-03-10"}


def test_what_is_chosen_beside_half_a_range_comes_with_the_whole(
    world: World, reader: Reader
) -> None:
    asked = listening(reader)
    page = reader.open("from=2026-03-10&to=2026-03-12").page
    page.get_by_label("From", exact=True).fill("")
    reader.pick("Source", "Work", "Workflow")
    expect(page.get_by_role("alert")).to_contain_text("Enter both dates")
    assert asked == []
    page.get_by_label("From", exact=True).fill("2026-03-01")
    span = {"from": "2026-03-01", "to": "2026-03-12"}
    reader.sees_total(len(expected(world, **span, source=["workflow"])))


def test_a_zone_that_is_none_is_said_beside_it_and_not_asked_for(reader: Reader) -> None:
    asked = listening(reader)
    page = reader.open("period=7d").page
    before = page.url, reader.total
    page.get_by_label("Time zone").fill("Asia/Kat")
    page.get_by_label("Time zone").press("Tab")
    expect(page.get_by_role("alert")).to_contain_text("no such time zone")
    assert (page.url, reader.total, asked) == (*before, [])
    page.get_by_label("Time zone").fill("Asia/Kathmandu")
    page.get_by_label("Time zone").press("Tab")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("#log-rows time").first).to_have_attribute("title", "UTC+05:45")


def test_a_preset_needs_no_dates(world: World, reader: Reader) -> None:
    page = reader.open("from=2026-03-10&to=2026-03-12").page
    page.get_by_label("From", exact=True).fill("")
    page.get_by_role("radio", name="Last 7 Days").check()
    reader.sees_total(len(expected(world, period="7d")))


def listening(reader: Reader) -> list[str]:
    """The first days that the page asks for by itself, as they come."""
    asked: list[str] = []

    def listen(request: Request) -> None:
        if "hx-request" in request.headers:
            asked.extend(parse_qs(urlsplit(request.url).query).get("from", ["none"]))

    reader.page.on("request", listen)
    return asked


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


def test_an_id_that_is_typed_in_is_not_said_to_be_missing(reader: Reader) -> None:
    page = reader.open().page
    box = page.get_by_role("combobox", name="Conversation ID")
    box.click()
    box.press_sequentially("c5-1")
    offered = page.get_by_role("listbox", name="Conversation ID")
    expect(offered).to_have_text("Show c5-1")


def test_what_was_typed_for_one_pick_is_gone_for_the_next(world: World, reader: Reader) -> None:
    page = reader.open().page
    box = page.get_by_role("combobox", name="Assigned To")
    offered = page.get_by_role("listbox", name="Assigned To").get_by_role("option")
    box.click()
    box.press_sequentially("o")
    expect(offered).to_have_count(2)
    offered.filter(has_text="Bo Ødegård (8)").click()
    expect(box).to_have_value("")
    expect(offered.first).to_have_text("Unassigned")
    box.press_sequentially("ann")
    expect(offered).to_have_text(["Ann Lee (7)"])
    box.press("Enter")
    reader.sees_total(len(expected(world, assigned_to=["8", "7"])))


def test_what_was_typed_and_left_is_looked_up_no_longer(reader: Reader) -> None:
    page = reader.open().page
    box = page.get_by_role("combobox", name="Assigned To")
    offered = page.get_by_role("listbox", name="Assigned To").get_by_role("option")
    box.click()
    box.press_sequentially("odeg")
    expect(offered).to_have_text(["Bo Ødegård (8)"])
    box.press("Escape")
    expect(box).to_have_value("")
    box.press("ArrowDown")
    expect(offered.first).to_have_text("Unassigned")


def test_an_answer_that_comes_late_offers_nothing(reader: Reader) -> None:
    page = reader.open().page
    box = page.get_by_role("combobox", name="Assigned To")
    offered = page.get_by_role("listbox", name="Assigned To").get_by_role("option")
    held: list[Route] = []
    page.route(re.compile("q=o&"), lambda route: held.append(route))
    with page.expect_request(re.compile("q=o&")):
        box.press("o")
    box.press_sequentially("deg")
    expect(offered).to_have_text(["Bo Ødegård (8)"])
    held[0].continue_()
    expect(page.locator(".ts-wrapper.loading")).to_have_count(0)
    expect(offered).to_have_text(["Bo Ødegård (8)"])


FIELDS = ("Source", "Assigned To", "Assigned By User", "Contact", "Conversation ID")


def test_keys_go_from_field_to_field_and_each_shows_the_focus(reader: Reader) -> None:
    page = reader.open().page
    page.get_by_role("combobox", name=FIELDS[0]).focus()
    for label in FIELDS:
        box = page.get_by_role("combobox", name=label)
        expect(box).to_be_focused()
        frame = page.locator(".ts-control").filter(has=box)
        expect(frame).to_have_css("outline-style", "solid")
        page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Clear All")).to_be_focused()


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_field_is_cleared_by_a_button_with_its_name(
    world: World, reader: Reader, key: str
) -> None:
    page = reader.open("assigned_to=8&assigned_to=7&source=user").page
    box = page.get_by_role("combobox", name="Assigned To")
    box.focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Clear Assigned To")).to_be_focused()
    page.keyboard.press(key)
    reader.sees_total(len(expected(world, source=["user"])))
    expect(box).to_be_focused()
    expect(page.get_by_role("button", name="Clear Source")).to_be_visible()
    expect(page.get_by_role("button", name="Clear Assigned To")).to_be_hidden()


def test_clear_all_resets_the_filters_and_keeps_the_period(world: World, reader: Reader) -> None:
    reader.open("period=14d&assigned_to=8&source=user&contact=5&kind=assignment")
    reader.page.get_by_role("link", name="Clear All").click()
    reader.sees_total(len(expected(world, period="14d")))
    assert set(address(reader)) == {"workspace", "period"}


def test_clear_all_keeps_what_was_changed_since_the_page_came(world: World, reader: Reader) -> None:
    page = reader.open("period=14d&assigned_to=8").page
    page.get_by_role("link", name="Hand-offs").click()
    expect(page.get_by_role("link", name="Hand-offs")).to_have_attribute("aria-current", "page")
    page.get_by_label("Time zone").fill("Asia/Kathmandu")
    page.get_by_label("Time zone").press("Enter")
    expect(page.locator("#log-rows time").first).to_have_attribute("title", "UTC+05:45")
    page.get_by_role("radio", name="Last 7 Days").check()
    reader.sees_total(
        len(expected(world, period="7d", timezone="Asia/Kathmandu", assigned_to=["8"]))
    )
    page.get_by_role("link", name="Unassignments").click()
    expect(page.get_by_role("link", name="Show all")).to_be_visible()
    page.get_by_role("link", name="Clear All").click()
    reader.sees_total(len(expected(world, period="7d", timezone="Asia/Kathmandu")))
    assert address(reader) == {
        "workspace": ["1"], "period": ["7d"], "view": ["handoffs"], "timezone": ["Asia/Kathmandu"],
    }  # fmt: skip
    assert page.locator(".item").count() == 0


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
    reader.open("view=conversations&hold=running")
    expect(reader.page.get_by_text(NOT_APPLICABLE, exact=True)).to_be_visible()
