"""A server that is away, busy or slow: the page says so, keeps what it shows, and asks again."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Route, expect

from tests.integration.queries.browser import Reader
from tests.integration.queries.conftest import World
from tests.integration.queries.page.reading import NEEDS, expected

pytestmark = NEEDS

SAID = {
    0: "cannot be reached",
    429: "Too many requests",
    503: "database does not answer",
    504: "took too long",
}
REPORT = re.compile(r"/reports/assignments\?")


def fails(route: Route, status: int) -> None:
    """As a server that is away (0), or that answers with a problem."""
    if status:
        route.fulfill(status=status, body="{}", content_type="application/problem+json")
    else:
        route.abort("connectionrefused")


@pytest.mark.parametrize("status", SAID)
def test_what_cannot_be_brought_is_asked_for_again(
    world: World, stranger: Reader, status: int
) -> None:
    stranger.take_the_clock()
    page = stranger.open("period=14d").page
    before = len(expected(world, period="14d"))
    page.route(REPORT, lambda route: fails(route, status))
    page.get_by_role("radio", name="Last 7 Days").check()
    expect(page.get_by_role("alert")).to_contain_text(SAID[status])
    assert stranger.total == before
    page.unroute(REPORT)
    stranger.passes(15)
    stranger.sees_total(len(expected(world, period="7d")))
    expect(page.get_by_role("alert")).to_be_hidden()
    assert "period=7d" in page.url
    stranger.faults = [fault for fault in stranger.faults if not of_the_network(fault)]


def test_a_server_that_went_away_is_noticed(world: World, stranger: Reader) -> None:
    stranger.take_the_clock()
    page = stranger.open("period=7d").page
    everything = re.compile(re.escape(stranger.url))
    page.route(everything, lambda route: fails(route, 0))
    stranger.passes(3)
    expect(page.get_by_role("alert")).to_contain_text(SAID[0])
    assert stranger.total == len(expected(world, period="7d"))
    page.unroute(everything)
    stranger.passes(3)
    expect(page.get_by_role("alert")).to_be_hidden()
    stranger.faults = [fault for fault in stranger.faults if not of_the_network(fault)]


def test_what_means_nothing_is_said_until_something_else_is_asked_for(
    world: World, stranger: Reader
) -> None:
    stranger.take_the_clock()
    page = stranger.open("period=7d").page
    shown, before = page.url, stranger.total
    box = page.get_by_role("combobox", name="Conversation ID")
    box.fill("c" * 401)
    box.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("at most 400 characters")
    with page.expect_response(re.compile("/pulse")):
        stranger.passes(3)
    expect(page.get_by_role("alert")).to_be_visible()
    assert (page.url, stranger.total) == (shown, before)
    page.locator(".item .remove").click()
    expect(page.get_by_role("alert")).to_be_hidden()
    page.get_by_role("radio", name="Last 14 Days").check()
    stranger.sees_total(len(expected(world, period="14d")))
    stranger.faults = [fault for fault in stranger.faults if not of_the_network(fault)]


@pytest.mark.parametrize("asked_by", ["a pulse", "a click", "a filter's list"])
def test_where_access_has_ended_one_signs_in_and_comes_back(
    stranger: Reader, asked_by: str
) -> None:
    stranger.take_the_clock()
    page = stranger.open("period=7d&contact=a%26b").page
    before = page.url
    page.route(re.compile(r"/reports/assignments[?/]|/api/"), lambda route: fails(route, 401))
    if asked_by == "a pulse":
        stranger.passes(3)
    elif asked_by == "a click":
        page.get_by_role("link", name="Hand-offs").click()
    else:
        page.get_by_role("combobox", name="Assigned To").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert urlsplit(page.url).path == "/sign-in"
    after = page.locator("input[name=next]").input_value()
    assert f"{stranger.url}{after}" == before
    stranger.faults = [fault for fault in stranger.faults if not of_the_network(fault)]


def test_what_asking_again_cannot_change_is_explained(reader: Reader) -> None:
    page = reader.open("period=7d").page
    page.route(REPORT, gone)
    page.get_by_role("link", name="Hand-offs").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gone")
    reader.faults = [fault for fault in reader.faults if not of_the_network(fault)]


@pytest.mark.parametrize(
    ("query", "start"),
    [
        ("workspace=2&souce=user", "?workspace=2"),
        ("workspace=a b&period=someday", "?workspace=a+b"),
        ("workspace=nobodys", ""),
        (f"workspace={'w' * 201}", ""),
        ("souce=user", ""),
    ],
)
def test_starting_again_keeps_the_workspace_unless_that_is_wrong(
    reader: Reader, query: str, start: str
) -> None:
    page = reader.page
    page.goto(f"{reader.url}/reports/assignments?{query}")
    link = page.get_by_role("link", name="Start again without filters")
    expect(link).to_have_attribute("href", f"/reports/assignments{start}")
    reader.faults = [fault for fault in reader.faults if not of_the_network(fault)]


def test_an_export_waits_while_others_run(reader: Reader) -> None:
    page = reader.open("period=7d").page
    busy = {
        "status": 429,
        "headers": {"Retry-After": "1"},
        "json": {"type": "urn:baton:problem:exports-running"},
    }
    page.route("**/api/v1/exports?*", lambda route: route.fulfill(**busy), times=1)
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#export-state")).to_contain_text("tried again in 1 s")
    expect(page.locator("#export-state")).to_contain_text("Ready:")
    reader.faults = [fault for fault in reader.faults if not of_the_network(fault)]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_an_export_goes_on_where_the_server_was_busy_for_a_moment(
    reader: Reader, status: int
) -> None:
    page = reader.open("period=7d").page
    busy = {"status": status, "headers": {"Retry-After": "1"}, "body": "<h1>Busy</h1>"}
    page.route("**/api/v1/exports/*", lambda route: route.fulfill(**busy), times=1)
    with page.expect_response(re.compile("/api/v1/exports/.*")) as answer:
        page.get_by_role("button", name="Start").click()
    assert answer.value.status == status
    expect(page.locator("#export-state")).to_contain_text("Ready:")
    reader.faults = [fault for fault in reader.faults if not of_the_network(fault)]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"status": 502, "body": "<h1>Bad Gateway</h1>"}, "does not say why"),
        ({"status": 200, "body": "half a"}, "does not say why"),
        ({"status": 503, "json": {"detail": "ClickHouse is away."}}, "ClickHouse is away."),
        ({"status": 429, "json": {"type": "urn:x:too-many-requests"}}, "Too many requests at once"),
    ],
)
def test_an_export_that_does_not_begin_can_be_started_again(
    reader: Reader, answer: dict[str, object], said: str
) -> None:
    page = reader.open("period=7d").page
    page.route("**/api/v1/exports?*", lambda route: route.fulfill(**answer), times=1)
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#export-state")).to_contain_text(said)
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#export-state")).to_contain_text("Ready:")
    reader.faults = [fault for fault in reader.faults if not of_the_network(fault)]


def test_why_an_export_failed_is_said(reader: Reader) -> None:
    page = reader.open("period=7d").page
    why = {"state": "failed", "reason": "The server's disk is full.", "rows": 0, "total": 9}
    page.route("**/api/v1/exports/*", lambda route: route.fulfill(json=why))
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#export-state")).to_contain_text("The server's disk is full.")
    expect(page.get_by_role("link", name="Download")).to_be_hidden()
    page.unroute("**/api/v1/exports/*")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#export-state")).to_contain_text("Ready:")


def test_an_address_that_is_none_is_explained(reader: Reader) -> None:
    answer = reader.page.goto(f"{reader.url}/reports/assignment")
    assert answer is not None
    assert answer.status == 404
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
    reader.page.get_by_role("link", name="Start again without filters").click()
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("Choose a workspace")
    reader.faults = [fault for fault in reader.faults if not of_the_network(fault)]


def gone(route: Route) -> None:
    """As a server that knows better than to be asked again."""
    route.fulfill(status=410, body="<h1>Gone</h1>", content_type="text/html")


def of_the_network(fault: str) -> bool:
    """What a browser writes of every request that failed."""
    return "Failed to load resource" in fault or "htmx:error" in fault or "htmx: " in fault
