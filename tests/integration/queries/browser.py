"""A browser in front of the page, that fails on whatever a reader would never see."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, Playwright, expect

from deploy.local.home import free_port
from queries.page.fetch import VENDOR
from tests.support import wait_for

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 15_000
SERIOUS = ("serious", "critical")
AXE = VENDOR / "axe-core" / "axe.min.js"


def installed() -> str | None:
    """Where a Chromium of this machine is."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def launch(playwright: Playwright) -> Browser:
    """Chromium; without its sandbox, which root may not use."""
    return playwright.chromium.launch(executable_path=installed(), args=["--no-sandbox"])


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The application on a port of its own."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for(lambda: server.started)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


class Reader:
    """Somebody who reads the report."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.faults: list[str] = []
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", self._request)

    def _console(self, message: object) -> None:
        if message.type in ("error", "warning"):  # type: ignore[attr-defined]
            self.faults.append(message.text)  # type: ignore[attr-defined]

    def _request(self, request: object) -> None:
        address: str = request.url  # type: ignore[attr-defined]
        if not address.startswith((self.url, "data:", "blob:")):
            self.faults.append(f"left the machine: {address}")

    def take_the_clock(self) -> None:
        """From the next page on, `passes` can move the time of this window on."""
        self.page.clock.install()

    def passes(self, seconds: int) -> None:
        """Time goes by: timers of the page that are due by then go off."""
        self.page.clock.fast_forward(seconds * 1000)

    def open(self, query: str = "", workspace: str = "1") -> Reader:
        """The report's page at an address."""
        self.page.goto(f"{self.url}/reports/assignments?workspace={workspace}&{query}")
        return self

    @property
    def total(self) -> int:
        """What the status line says."""
        text = self.page.get_by_role("status").first.inner_text()
        return int(text.split(" ")[0].replace(",", ""))

    def sees_total(self, count: int) -> None:
        """Waits until the status line has this number."""
        status = self.page.get_by_role("status").filter(has_text=re.compile(rf"^{count:,} assig"))
        expect(status).to_be_visible()

    def sees_rows(self, count: int) -> None:
        """Waits until the log says that it has so many."""
        expect(self.page.locator("#log-count")).to_contain_text(f"of {count:,} rows")

    def scrolls_beyond(self, count: int) -> None:
        """Scrolls the log to its end until it has more rows than that, the button left out."""
        log = self.page.locator("#log-scroll")
        rows = self.page.locator("#log-rows tr:not(.more)")
        while (there := rows.count()) <= count:
            log.evaluate("log => log.scrollTo(0, log.scrollHeight)")
            expect(rows).not_to_have_count(there)

    def scrolls_on(self, count: int) -> None:
        """Scrolls the log to its end, where it has this many rows and no button for more."""
        self.scrolls_beyond(count - 1)
        expect(self.page.locator("#log-rows tr:not(.more)")).to_have_count(count)
        expect(self.page.locator("#more")).to_have_count(0)

    def pick(self, label: str, text: str, option: str) -> None:
        """Choose a value of a filter, as one types and clicks."""
        box = self.page.get_by_role("combobox", name=label)
        box.click()
        box.press_sequentially(text)
        offered = self.page.get_by_role("listbox", name=label)
        offered.get_by_role("option", name=option, exact=True).click()
        self.page.keyboard.press("Escape")

    def serious_findings(self) -> list[str]:
        """What axe finds serious; the first rows of the log stand for the rest, built like them."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text("utf-8"))
        found = self.page.evaluate(
            "axe.run({exclude: ['#log-rows tr:nth-child(n+9)']}, {resultTypes: ['violations']})"
        )
        return [
            f"{one['id']}: {one['nodes'][0]['html'][:120]} {one['nodes'][0]['failureSummary']}"
            for one in found["violations"]
            if one["impact"] in SERIOUS
        ]
