"""A migration fills its tables from a log that is there already, as if they had always been fed."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from deploy.borrowed import with_database
from sink.clickhouse import connect, create_database, quoted, settings_from_url
from sink.compare import differences
from sink.migrate import migrate, migrations
from tests.assignment_rows import START
from tests.histories import histories
from tests.integration.queries.conftest import NOW, insert

pytestmark = pytest.mark.server

BEFORE = 5
"""Migrations that an installation of the version before had."""


@pytest.fixture
def two(clickhouse: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    """Names of two databases that are not there yet."""
    names = [f"t{uuid4().hex[:12]}" for _ in range(2)]
    monkeypatch.setenv("CLICKHOUSE_URL", with_database(clickhouse, "default"))
    yield names[0], names[1]
    with connect() as client:
        for name in names:
            client.command(f"DROP DATABASE {quoted(name)}")


def test_what_was_filled_later_is_what_was_fed_all_along(
    clickhouse: str, two: tuple[str, str]
) -> None:
    # As an older worker wrote them; what began a hold is not in a log of then, either.
    told = histories("1", 800, START, NOW).arriving
    rows = [{k: v for k, v in row.items() if not k.startswith("began_")} for row in told]
    for name, first in zip(two, (migrations(), migrations()[:BEFORE]), strict=True):
        settings = settings_from_url({"CLICKHOUSE_URL": with_database(clickhouse, name)})
        create_database(settings)
        with connect(settings) as client:
            list(migrate(client, first))
            for cut in range(0, len(rows), 300):
                insert(client, rows[cut : cut + 300])
            assert list(migrate(client, migrations())) == migrations()[len(first) :]
    with connect() as client:
        assert differences(client, two[1], two[0]) == []
        found = client.query(f"SELECT sum(assignments) FROM {quoted(two[1])}.hold_origins")
        assert found.first_row[0] > 0
