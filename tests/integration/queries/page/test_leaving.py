"""Who signs out leaves nothing behind in the browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from queries.api.app import create_app
from queries.api.services import Services
from queries.page.state import PATH
from queries.tokens import Tokens
from tests.integration.queries.browser import serving
from tests.integration.queries.conftest import NOW, Complete, World
from tests.integration.queries.page.conftest import window
from tests.integration.queries.page.reading import NEEDS

pytestmark = NEEDS


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    return Tokens(tmp_path / "tokens.json")


@pytest.fixture
def closed(world: World, tokens: Tokens, tmp_path: Path) -> Iterator[str]:
    """A server that wants a token."""
    services = Services(world.store, Complete(), tokens, tmp_path / "exports", lambda: NOW)
    with serving(create_app(services)) as url:
        yield url


def test_the_back_button_shows_nothing_after_signing_out(
    browser: Browser, closed: str, tokens: Tokens
) -> None:
    text = tokens.create("2")
    with window(browser) as context:
        page = context.new_page()
        page.goto(f"{closed}{PATH}")
        page.get_by_label("Token").fill(text)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("status").first).to_contain_text("assignments")
        page.get_by_role("button", name="Sign out").click()
        expect(page).to_have_url(f"{closed}/sign-in")
        page.go_back()
        expect(page.get_by_label("Token")).to_be_visible()
        assert "contact" not in page.content()
        assert not context.cookies()


def test_an_open_page_leads_to_signing_in_when_its_token_is_taken_back(
    browser: Browser, closed: str, tokens: Tokens
) -> None:
    text = tokens.create("2")
    with window(browser) as context:
        page = context.new_page()
        page.clock.install()
        page.goto(f"{closed}/sign-in")
        page.get_by_label("Token").fill(text)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("status").first).to_contain_text("assignments")
        tokens.revoke(tokens.all()[0].id)
        page.clock.fast_forward(3000)
        expect(page.get_by_label("Token")).to_be_visible()
