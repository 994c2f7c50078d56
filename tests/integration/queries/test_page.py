"""The page as a person uses it, by role and label, in the machine's own Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from queries import log
from queries.api.app import create_app
from queries.api.services import Services
from queries.page import fetch
from queries.tokens import Tokens
from tests.histories import histories
from tests.integration.queries.browser import Reader, installed, launch, serving
from tests.integration.queries.conftest import NOW, Complete, World, insert
from tests.integration.queries.oracle import matching, shown

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(installed() is None, reason="no Chromium is installed on this machine"),
    pytest.mark.skipif(
        not fetch.present(), reason="page libraries are missing: python -m queries.page.fetch"
    ),
]
NO_DATA = "The selected filter(s) have no applicable data"
NOT_APPLICABLE = "The selected filter(s) are not applicable here"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield launch(playwright)


@pytest.fixture(scope="module")
def url(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    directory = tmp_path_factory.mktemp("serve")
    services = Services(
        world.store, Complete(), Tokens(directory / "tokens.json"), directory / "exports",
        lambda: NOW, requests_per_second=1000,
    )  # fmt: skip
    with serving(create_app(services)) as address:
        yield address


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    yield context
    context.close()


@pytest.fixture
def reader(context: BrowserContext, url: str) -> Iterator[Reader]:
    reader = Reader(context.new_page(), url)
    yield reader
    assert reader.faults == []


def expected(world: World, **given: Any) -> list[Any]:
    return matching(world.rows, world.ask(**given))


def address(reader: Reader) -> dict[str, list[str]]:
    return parse_qs(urlsplit(reader.page.url).query)


@pytest.mark.parametrize(
    ("label", "period"),
    [
        ("Today", "today"), ("Yesterday", "yesterday"), ("Last 7 Days", "7d"),
        ("Last 14 Days", "14d"), ("This Month", "this_month"), ("Last Month", "last_month"),
    ],
)  # fmt: skip
def test_a_period_is_one_click(world: World, reader: Reader, label: str, period: str) -> None:
    reader.open().page.get_by_role("radio", name=label).check()
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
    shape.wait_for(state="attached")
    page.wait_for_timeout(500)  # the shapes grow into place
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
    for _ in range(20):
        page.locator("#log-scroll").evaluate("log => log.scrollTo(0, log.scrollHeight)")
        page.wait_for_timeout(100)
    expect(rows).to_have_count(count)
    ids = [row.get_attribute("id") for row in rows.all()]
    assert ids == [f"a-{row['event_id']}" for row in expected(world, period="14d")]


def test_a_long_log_says_that_it_is_cut_and_leads_to_the_export(
    world: World, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "SHOWN_AT_MOST", 150)
    page = reader.open("period=30d").page
    total = len(expected(world))
    expect(page.get_by_text(f"The log shows the first 150 of {total:,} rows.")).to_be_visible()
    for _ in range(6):
        page.locator("#log-scroll").evaluate("log => log.scrollTo(0, log.scrollHeight)")
        page.wait_for_timeout(100)
    expect(page.locator("#log-rows tr")).to_have_count(150)
    page.get_by_role("link", name="Data Export has all of them.").click()
    expect(page.get_by_role("heading", name="Data Export")).to_be_in_viewport()


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


def test_time_held_names_nobody_and_opens_its_rows(world: World, reader: Reader) -> None:
    page = reader.open("view=time_held").page
    line = page.get_by_role("row").filter(has=page.get_by_role("link", name="Nobody"))
    rows = len(expected(world, assigned_to=["-"]))
    expect(line.locator("td").first).to_have_text(f"{rows:,}")
    line.get_by_role("link").click()
    reader.sees_rows(rows)
    page.get_by_role("link", name="By team").click()
    page.get_by_role("link", name="Sales").click()
    reader.sees_rows(len(expected(world, team=["s"])))


def test_conversations_show_their_hands_and_open_their_rows(reader: Reader) -> None:
    page = reader.open("view=conversations&from=2026-01-01&to=2026-03-31").page
    line = page.locator("section:has(#h-conversations) tbody tr").first
    count = int(line.locator("td").nth(1).inner_text())
    assert line.locator(".hands").inner_text().count("→") == count
    line.locator("td").nth(1).get_by_role("link").click()
    reader.sees_rows(count)
    loops = page.get_by_text("straight back")
    assert loops.count() > 0


def test_the_address_holds_the_whole_state(world: World, reader: Reader) -> None:
    page = reader.open("period=14d").page
    page.get_by_role("link", name="Time held").click()
    page.get_by_role("link", name="Nobody").click()
    rows = len(expected(world, period="14d", assigned_to=["-"]))
    reader.sees_rows(rows)
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator("#log-count")).to_contain_text(f"of {rows:,} rows")
    expect(other.get_by_role("link", name="Time held")).to_have_attribute("aria-current", "page")
    other.close()
    page.go_back()
    reader.sees_rows(len(expected(world, period="14d")))
    page.go_back()
    expect(page.get_by_role("link", name="Overview")).to_have_attribute("aria-current", "page")


def test_a_filter_of_an_address_is_named(reader: Reader) -> None:
    reader.open("assigned_to=8&assigned_to=-&contact=5&previous=10")
    items = {item.inner_text().split("\n")[0] for item in reader.page.locator(".item").all()}
    assert {"Bo Ødegård (8)", "Unassigned", "محمد علي (10)"} <= items
    assert any(item.endswith("(5)") for item in items)


def test_it_refreshes_itself_without_a_jump(world: World, reader: Reader) -> None:
    made = histories("3", 400, NOW - timedelta(days=20), NOW - timedelta(hours=1))
    insert(world.client, made.arriving)
    page = reader.open("period=30d", workspace="3").page
    before = reader.total
    page.locator("#log-rows tr").nth(60).scroll_into_view_if_needed()
    marked = page.locator("#log-rows tr").nth(60)
    name, top = marked.get_attribute("id"), marked.bounding_box()
    late = histories("3", 3, NOW - timedelta(minutes=30), NOW - timedelta(minutes=1), seed=2)
    fresh = [{**row, "contact_id": f"new{n}"} for n, row in enumerate(late.final)]
    insert(world.client, fresh)
    reader.sees_total(before + len(fresh))
    after = page.locator(f"#{name}").bounding_box()
    assert top is not None
    assert after is not None
    assert abs(after["y"] - top["y"]) < 2
    assert page.locator("#log-rows tr").first.get_attribute("id") == f"a-{fresh[-1]['event_id']}"


def test_how_complete_it_is_stands_beside_the_total(reader: Reader) -> None:
    line = reader.open().page.get_by_text("Complete to 12:34:50, 3 events in the dead letters")
    expect(line).to_be_visible()


@pytest.mark.parametrize("view", ["overview", "handoffs", "time_held", "conversations"])
def test_axe_finds_nothing_serious(reader: Reader, view: str) -> None:
    page = reader.open(f"view={view}&source=user&source=workflow").page
    for width, scheme in ((1300, "light"), (1300, "dark"), (390, "dark"), (390, "light")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        expect(page.locator("html")).to_have_attribute("data-theme", scheme)
        assert reader.serious_findings() == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    "path", ["/sign-in", "/reports/assignments/timeline?workspace=1&of_contact=5"]
)
def test_axe_finds_nothing_serious_elsewhere(reader: Reader, path: str) -> None:
    reader.page.goto(reader.url + path)
    assert reader.serious_findings() == []


def test_dark_and_light_can_be_changed_and_stay(reader: Reader) -> None:
    page = reader.open().page
    before = page.locator("html").get_attribute("data-theme")
    page.get_by_role("button", name="Dark or light").click()
    page.reload()
    assert page.locator("html").get_attribute("data-theme") != before


def test_data_export_shows_progress_and_gives_the_file(
    world: World, reader: Reader, tmp_path: Path
) -> None:
    page = reader.open("period=30d&assigned_to=8").page
    page.get_by_label("Format").select_option("JSON Lines")
    page.get_by_role("button", name="Start").click()
    rows = expected(world, assigned_to=["8"])
    expect(page.get_by_text(f"Ready: {len(rows):,} rows.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    target = tmp_path / "out.jsonl"
    download.value.save_as(target)
    assert len(target.read_text("utf-8").splitlines()) == len(rows)
    manifest = page.get_by_role("link", name="What it holds").get_attribute("href")
    said = page.request.get(f"{reader.url}{manifest}").json()
    assert said["rows"] == len(rows)


def test_an_address_without_workspace_offers_them(context: BrowserContext, url: str) -> None:
    page = context.new_page()
    page.goto(f"{url}/reports/assignments")
    page.get_by_role("link", name="2", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("assignments from")


def test_a_wrong_address_is_explained(context: BrowserContext, url: str) -> None:
    page = context.new_page()
    answer = page.goto(f"{url}/reports/assignments?workspace=1&souce=user")
    assert answer is not None
    assert answer.status == 422
    expect(page.get_by_role("alert")).to_contain_text("souce")


def test_the_api_documentation_needs_no_other_machine(reader: Reader) -> None:
    reader.page.goto(f"{reader.url}/api/v1/docs")
    expect(reader.page.get_by_text("Counts and percentages by source")).to_be_visible()


def test_first_paint_is_under_a_second(reader: Reader) -> None:
    page = reader.open().page
    page.reload()
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert paint < 1000
