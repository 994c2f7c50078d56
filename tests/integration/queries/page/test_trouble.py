"""A server that is away, busy or slow: the page says so, keeps what it shows, and asks again."""

from __future__ import annotations

import re

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


def test_what_asking_again_cannot_change_is_explained(reader: Reader) -> None:
    page = reader.open("period=7d").page
    page.get_by_label("Time zone").fill("Nowhere/Land")
    page.get_by_label("Time zone").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Nowhere/Land")
    page.get_by_role("link", name="Start again without filters").click()
    reader.faults = [fault for fault in reader.faults if not of_the_network(fault)]


def of_the_network(fault: str) -> bool:
    """What a browser writes of every request that failed."""
    return "Failed to load resource" in fault or "htmx:error" in fault or "htmx: " in fault
