"""A page that is left open while assignments come in: what it shows goes on, what one did stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count

import pytest
from playwright.sync_api import Browser, Locator, Route, expect

from tests.histories import Row, histories
from tests.integration.queries.browser import Reader
from tests.integration.queries.conftest import NOW, World, insert
from tests.integration.queries.page.conftest import window
from tests.integration.queries.page.reading import NEEDS, address

pytestmark = NEEDS

WORKSPACE = "live"
Comes = Callable[[], Row]


@pytest.fixture(scope="module")
def comes(world: World) -> Comes:
    """A workspace with a long log; each call lets one assignment come in, newer than any before."""
    made = histories(WORKSPACE, 1300, NOW - timedelta(days=20), NOW - timedelta(hours=2))
    insert(world.client, made.final)
    numbers = count()

    def comes() -> Row:
        number = next(numbers)
        at = NOW - timedelta(hours=1) + timedelta(seconds=number)
        row = histories(WORKSPACE, 1, at, at, seed=1000 + number).final[0]
        row |= {"contact_id": f"new{number}", "contact_name": f"New {number}"}
        insert(world.client, [row])
        return row

    return comes


@pytest.fixture
def watching(stranger: Reader, comes: Comes) -> Reader:
    """Somebody with the page of the live workspace, whose clock is the test's."""
    stranger.take_the_clock()
    return stranger.open("period=30d", WORKSPACE)


def rows(reader: Reader) -> Locator:
    return reader.page.locator("#log-rows tr:not(.more)")


def scroll_far(reader: Reader) -> int:
    """Scrolls the log on until it has more rows than a refresh brings; says how many."""
    reader.scrolls_beyond(500)
    return rows(reader).count()


def sees_first(reader: Reader, row: Row) -> None:
    """Waits until the log begins with the row."""
    expect(rows(reader).first).to_have_id(f"a-{row['event_id']}")


def lets_one_come(reader: Reader, comes: Comes) -> Row:
    """One more assignment, until the total on the page has it."""
    before = reader.total
    row = comes()
    reader.passes(3)
    reader.sees_total(before + 1)
    return row


def test_a_log_scrolled_far_stays_as_it_is_and_goes_on_at_its_top(
    watching: Reader, comes: Comes
) -> None:
    there = scroll_far(watching)
    first = rows(watching).first.get_attribute("id")
    row = lets_one_come(watching, comes)
    assert rows(watching).count() == there
    assert rows(watching).first.get_attribute("id") == first
    watching.page.locator("#log-scroll").evaluate("log => log.scrollTo(0, 0)")
    watching.passes(3)
    sees_first(watching, row)


def test_a_log_scrolled_far_shows_what_one_asks_for_next(watching: Reader, comes: Comes) -> None:
    page = watching.page
    scroll_far(watching)
    lets_one_come(watching, comes)
    page.locator("table.legend").get_by_role("link", name="Workflow").click()
    expect(rows(watching)).to_have_count(100)
    assert set(rows(watching).locator("td:nth-child(7)").all_inner_texts()) == {"Workflow"}
    page.get_by_role("columnheader", name="Contact Name").get_by_role("link").click()
    expect(page.get_by_role("columnheader", name="Contact Name")).to_have_attribute(
        "aria-sort", "ascending"
    )
    assert address(watching)["only"] == ["source:workflow"]
    assert set(rows(watching).locator("td:nth-child(7)").all_inner_texts()) == {"Workflow"}


def test_a_refresh_that_comes_late_brings_nothing_back(watching: Reader, comes: Comes) -> None:
    page = watching.page
    late: list[Route] = []

    def held_up(route: Route) -> None:
        late.append(route) if "x-refresh" in route.request.headers else route.continue_()

    page.route("**/reports/assignments?*", held_up)
    comes()
    with page.expect_request(lambda request: "x-refresh" in request.headers):
        watching.passes(3)
    page.get_by_role("link", name="Hand-offs").click()
    expect(page.get_by_role("link", name="Hand-offs")).to_have_attribute("aria-current", "page")
    page.evaluate(SWAP_BEGINS)
    late[0].continue_()
    page.evaluate("() => swapped")
    expect(page.get_by_role("link", name="Hand-offs")).to_have_attribute("aria-current", "page")
    page.unroute("**/reports/assignments?*")
    lets_one_come(watching, comes)


def test_what_one_opened_stays_open(watching: Reader, comes: Comes) -> None:
    page = watching.page
    for said in ("As a table", "events in the dead letters"):
        page.get_by_text(said).click()
    lets_one_come(watching, comes)
    expect(page.locator("#trend-table table")).to_be_visible()
    expect(page.get_by_text("no number here counts them")).to_be_visible()
    page.get_by_text("As a table").click()
    lets_one_come(watching, comes)
    expect(page.locator("#trend-table table")).to_be_hidden()


def test_how_complete_it_is_goes_on_by_itself(watching: Reader) -> None:
    page = watching.page
    later = {"line": "Complete to 12:34:59", "state": "late"}

    def pulse(route: Route) -> None:
        route.fulfill(json={**route.fetch().json(), "complete": later})

    page.route("**/pulse?*", pulse)
    expect(page.locator("#complete")).to_have_attribute("data-state", "well")
    watching.passes(3)
    expect(page.get_by_text("Complete to 12:34:59", exact=True)).to_be_visible()
    expect(page.locator("#complete")).to_have_attribute("data-state", "late")


SWAP_BEGINS = """() => { window.swapped = new Promise(
    done => document.addEventListener("htmx:finally:swap", () => done(true), {once: true})) }"""


@pytest.fixture
def keen(browser: Browser, url: str) -> Iterator[Reader]:
    """Somebody who likes things to move."""
    with window(browser, moving=True) as context:
        reader = Reader(context.new_page(), url)
        yield reader
    assert reader.faults == []


@pytest.mark.parametrize("chart", ["bar", "pie", "trend"])
def test_a_refresh_draws_a_chart_once_and_moves_nothing(
    keen: Reader, comes: Comes, chart: str
) -> None:
    page = keen.open("period=30d", WORKSPACE).page
    page.evaluate(SHAPES_REST, f"#chart-{chart}")
    page.evaluate(WATCH_SHAPES, f"#chart-{chart}")
    before = keen.total
    comes()
    keen.sees_total(before + 1)
    shapes = page.evaluate(SHAPES_REST, f"#chart-{chart}")
    drawn = page.evaluate("() => drawn")
    assert drawn[-1] == shapes
    assert len(drawn) == 2, "only as it was and as it is"


@pytest.mark.parametrize("chart", ["bar", "pie"])
def test_a_chart_goes_on_from_what_it_shows(keen: Reader, comes: Comes, chart: str) -> None:
    page = keen.open("period=30d", WORKSPACE).page
    page.evaluate(SHAPES_REST, f"#chart-{chart}")
    page.evaluate(WATCH_SHAPES, f"#chart-{chart}")
    page.locator("table.legend").get_by_role("link", name="Workflow").click()
    expect(page.locator(f"#chart-{chart} path[fill-opacity]").first).to_be_attached()
    page.evaluate(SHAPES_REST, f"#chart-{chart}")
    assert len(page.evaluate("() => drawn")) == 1, "it pales, and nothing else"


SHAPES = """Array.from(
    document.querySelectorAll(`${chart} path`), one => one.getAttribute("d")).join()"""
# Shapes at rest: those that did not change for 20 frames, longer than a chart takes to move.
SHAPES_REST = f"""chart => new Promise(done => {{
    let shapes, frames = 0;
    const look = () => {{
        const now = {SHAPES};
        frames = now && now === shapes ? frames + 1 : 0;
        shapes = now;
        if (frames < 20) requestAnimationFrame(look); else done(shapes);
    }};
    look();
}})"""
# Every state of the shapes that a frame showed.
WATCH_SHAPES = f"""chart => {{
    window.drawn = [];
    const look = () => {{
        const now = {SHAPES};
        if (now !== drawn.at(-1)) drawn.push(now);
        requestAnimationFrame(look);
    }};
    look();
}}"""
