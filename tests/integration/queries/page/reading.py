"""What the page tests share."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from queries.page import fetch
from tests.integration.queries.browser import Reader, installed
from tests.integration.queries.conftest import World
from tests.integration.queries.oracle import matching

NEEDS = [
    pytest.mark.server,
    pytest.mark.skipif(installed() is None, reason="no Chromium is installed on this machine"),
    pytest.mark.skipif(
        not fetch.present(), reason="page libraries are missing: python -m queries.page.fetch"
    ),
]
NO_DATA = "The selected filter(s) have no applicable data"
NOT_APPLICABLE = "The selected filter(s) are not applicable here"


def expected(world: World, **given: Any) -> list[Any]:
    return matching(world.rows, world.ask(**given))


def address(reader: Reader) -> dict[str, list[str]]:
    return parse_qs(urlsplit(reader.page.url).query)
