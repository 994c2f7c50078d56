"""A browser, a server, and somebody who reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from queries.api.app import create_app
from queries.api.services import Services
from queries.tokens import Tokens
from tests.integration.queries.browser import Reader, launch, serving
from tests.integration.queries.conftest import NOW, Complete, World


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
    with serving(create_app(services, opens=True)) as address:
        yield address


@contextmanager
def window(browser: Browser, moving: bool = False) -> Iterator[BrowserContext]:
    """A window of its own, of somebody who would rather see nothing move."""
    context = browser.new_context(
        viewport={"width": 1300, "height": 1000},
        reduced_motion="no-preference" if moving else "reduce",
    )
    yield context
    context.close()


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A window whose pages find scripts and styles in its cache."""
    with window(browser) as context:
        yield context


@pytest.fixture
def reader(context: BrowserContext, url: str) -> Iterator[Reader]:
    """Somebody with a page of their own."""
    page = context.new_page()
    reader = Reader(page, url)
    yield reader
    page.close()
    assert reader.faults == []


@pytest.fixture
def stranger(browser: Browser, url: str) -> Iterator[Reader]:
    """Somebody in another window: with a clock, and a choice of dark or light, of their own."""
    with window(browser) as context:
        reader = Reader(context.new_page(), url)
        yield reader
    assert reader.faults == []
