"""Another language is a file: nothing that readers see stands anywhere else."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest

from queries.page import render, texts
from queries.page.texts import Texts

pytestmark = pytest.mark.server

ENGLISH = Path(texts.__file__).parent / "texts" / "en.toml"
DATA = ("bdi", "time", "datalist", "script", "style")
"""What holds names, times and the like: they are the same in every language."""
SAID = ("aria-label", "title", "placeholder", "alt")
VIEWS = ("overview", "handoffs", "time_held", "conversations")
REPORT = "/reports/assignments?workspace=1&from=2026-03-01&to=2026-03-14"


def marked(text: Any) -> Any:
    """The texts of a language nobody speaks: each in brackets, so that one sees where they are."""
    if isinstance(text, dict):
        return {key: marked(value) for key, value in text.items()}
    return f"⟦{text}⟧"


@pytest.fixture
def nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is in that language, and writes months and numbers as German does."""
    table = {**marked(tomllib.loads(ENGLISH.read_text("utf-8"))), "language": "de"}
    monkeypatch.setattr(render, "texts", lambda: Texts(table))


class Seen(HTMLParser):
    """What a reader sees and hears of a page, without names, times and numbers."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self._text: list[str] = []
        self.attributes: list[str] = []
        self._within: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag in DATA or said.get("data-id") or (tag, said.get("name")) == ("select", "workspace"):
            self._within.append(tag)
        elif not self._within:
            self.attributes += [value for name, value in attrs if name in SAID and value]

    def handle_endtag(self, tag: str) -> None:
        if self._within and self._within[-1] == tag:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        if not self._within:
            self._text.append(data)

    def unmarked(self) -> list[str]:
        """Words outside the brackets."""
        return [word for text in ["".join(self._text), *self.attributes] for word in words(text)]


def words(text: str) -> list[str]:
    """Those outside brackets, of which there may be some within others."""
    inside = re.compile(r"⟦[^⟦⟧]*⟧")
    while inside.search(text):
        text = inside.sub("", text)
    return re.findall(r"[^\W\d_]{2,}", text)


@pytest.mark.parametrize(
    "address",
    [
        *(f"{REPORT}&view={view}" for view in VIEWS),
        f"{REPORT}&only=source:user&only=kind:unassignment&only=hold:running",
        f"{REPORT}&team=-&assigned_to=-&previous=-&kind=assignment&hold=ended",
        f"{REPORT}&source=workflow&assigned_by=7",
        "/reports/assignments?workspace=1&from=1999-01-01&to=1999-01-02",
        "/reports/assignments/timeline?workspace=1&of_contact=5",
        "/reports/assignments",
        "/sign-in",
    ],
)
async def test_nothing_else_is_said(http: httpx.AsyncClient, nobodys: None, address: str) -> None:
    page = (await http.get(address)).text
    assert "⟦" in page
    assert set(Seen(page).unmarked()) <= {"UTC"}


def spoken(chart: Any) -> Iterator[str]:
    """Every text that a chart shows."""
    if isinstance(chart, dict):
        for name, value in chart.items():
            if name in ("name", "formatter") or (name == "data" and isinstance(value, list)):
                yield from (text for text in listed(value) if isinstance(text, str))
            if isinstance(value, dict | list):
                yield from spoken(value)
    elif isinstance(chart, list):
        for one in chart:
            yield from spoken(one)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


async def test_charts_say_nothing_else(http: httpx.AsyncClient, nobodys: None) -> None:
    page = (await http.get(REPORT)).text
    found = re.search(r'<script type="application/json"[^>]*>(.*?)</script>', page)
    assert found
    said = list(spoken(json.loads(found[1])))
    assert any("⟦Workflow⟧" in text for text in said)
    assert {word for text in said for word in words(text)} <= {
        "März", "Mo", "Di", "Mi", "Do", "Fr", "Sa", "So",
    }  # fmt: skip


async def test_numbers_are_written_as_the_language_does(
    http: httpx.AsyncClient, nobodys: None
) -> None:
    page = (await http.get(REPORT.replace("2026-03-01", "2026-01-01"))).text
    total = (await http.get("/api/v1/summary?workspace=1&from=2026-01-01&to=2026-03-14")).json()
    assert total["total"] > 1000
    assert f"{total['total']:,}".replace(",", ".") in page
    assert re.search(r"⟦\d+,\d %⟧", page)


def test_every_file_has_the_texts_of_the_first() -> None:
    first = shape(tomllib.loads(ENGLISH.read_text("utf-8")))
    for file in ENGLISH.parent.iterdir():
        assert shape(tomllib.loads(file.read_text("utf-8"))) == first


def shape(table: Any) -> Any:
    """Which texts there are, and what is filled in; plural forms may differ."""
    if isinstance(table, str):
        return set(re.findall(r"\{\w+\}", table))
    if "other" in table:
        return shape(table["other"])
    return {name: shape(value) for name, value in table.items()}
