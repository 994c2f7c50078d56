"""Names of people as they are drawn: in any script, of any length."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from playwright.sync_api import Locator, expect

from tests.histories import Row, histories
from tests.integration.queries.browser import Reader
from tests.integration.queries.conftest import NOW, World, insert
from tests.integration.queries.page.reading import NEEDS

pytestmark = NEEDS

FROM_RIGHT = {"7": "محمد الأنصاري", "8": "שרה לוי", "-": "فاطمة علي", "10": "דנה", "12": "ليلى"}


def renamed(workspace: str, names: dict[str, str], contact: str) -> list[Row]:
    """Histories in which everybody has another name."""
    rows = histories(workspace, 200, NOW - timedelta(days=20), NOW).arriving
    for row in rows:
        row["contact_name"] = f"{contact} {row['contact_id']}"
        for party in ("assigned_to", "previous_assignee", "actor"):
            row[f"{party}_name"] = names.get(row[f"{party}_id"], row[f"{party}_name"])
    return rows


@pytest.fixture(scope="module")
def from_right(world: World) -> str:
    """A workspace in which everybody is written from right to left."""
    insert(world.client, renamed("rtl", FROM_RIGHT, "عميل"))
    return "rtl"


def in_order(parts: Locator) -> bool:
    """Whether each stands to the right of the one before, or on a line below."""
    boxes = parts.evaluate_all(
        "all => all.map(one => [one.getClientRects()[0].left, one.getBoundingClientRect().top])"
    )
    pairs = list(pairwise(boxes))
    assert pairs
    return all(left < left2 or top < top2 - 5 for (left, top), (left2, top2) in pairs)


def test_hands_follow_each_other_from_left_to_right(from_right: str, reader: Reader) -> None:
    page = reader.open("view=conversations", from_right).page
    for hands in page.locator(".hands").all()[:10]:
        assert in_order(hands.locator("bdi"))


@pytest.mark.parametrize("where", [".narrowed", ".item"])
def test_an_id_stands_behind_its_name(from_right: str, reader: Reader, where: str) -> None:
    query = "assigned_to=7&assigned_to=8&only=assigned_to:7&only=assigned_to:8"
    page = reader.open(query, from_right).page
    for said in page.locator(where).all():
        assert in_order(said.locator("bdi"))


def test_what_is_offered_has_its_id_behind_it(from_right: str, reader: Reader) -> None:
    page = reader.open("", from_right).page
    page.get_by_role("combobox", name="Assigned To").click()
    option = page.get_by_role("option", name=f"{FROM_RIGHT['8']} (8)", exact=True)
    option.wait_for()
    assert in_order(option.locator("bdi"))


def test_a_heading_keeps_the_name_apart(from_right: str, reader: Reader) -> None:
    path = f"/reports/assignments/timeline?workspace={from_right}&of_contact=5"
    reader.page.goto(reader.url + path)
    heading = reader.page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Contact عميل 5")
    expect(heading.locator("bdi")).to_have_text("عميل 5")
