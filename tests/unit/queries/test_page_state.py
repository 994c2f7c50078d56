"""The page's state: what its addresses ask for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest

from queries.filters import LISTS, Filters
from queries.page.state import PageState, exported, log_selection
from queries.selection import Selection, select

NOW = datetime(2026, 3, 15, 12, 34, tzinfo=UTC)
KATHMANDU = ZoneInfo("Asia/Kathmandu")


def selected(filters: Filters) -> Selection:
    return select(filters, "1", KATHMANDU, NOW)


def of_query(query: str) -> Filters:
    """Filters as the API reads them from an address."""
    given = {
        name: values if name in LISTS else values[0] for name, values in parse_qs(query).items()
    }
    return Filters(**given)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"workspace": "1", "timezone": "Asia/Kathmandu", "view": "handoffs", "sort": "contact_id"},
        {"period": "7d", "source": ["user", "bot"], "only": ["source:user"]},
        {"period": "7d", "source": ["bot"], "only": ["source:user"]},
        {"assigned_to": ["7", "-"], "only": ["assigned_to:-", "kind:unassignment"]},
        {"assigned_to": ["--"], "only": ["previous:---", "team:-"]},
        {"from": "2026-03-01", "to": "2026-03-02", "only": ["contact:a&b=c"]},
        {
            "period": "today",
            "only": ["from:2026-03-15T10:00:00+05:45", "to:2026-03-15T11:00:00+05:45"],
        },
        {
            "from": "2026-03-01T00:00:00Z",
            "to": "2026-03-01T00:30:00Z",
            "only": ["from:2026-03-01T00:15:00Z", "to:2026-03-01T00:45:00Z"],
        },
    ],
)
def test_an_export_asks_for_the_rows_that_the_log_shows(given: dict[str, Any]) -> None:
    state = PageState(**given)
    shown = log_selection(state, selected(state), NOW)
    asked = selected(of_query(exported(state, selected(state), NOW)))
    assert (asked.span, asked.lists) == (shown.span, shown.lists)


def test_an_export_of_a_preset_stays_relative() -> None:
    state = PageState(workspace="1", period="7d", only=["source:user"])
    assert exported(state, selected(state), NOW) == "workspace=1&period=7d&source=user"
