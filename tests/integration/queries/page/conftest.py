"""A browser, a server, and somebody who reads."""

from __future__ import annotations

from collections.abc import Iterator

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
