"""The ClickHouse that the tests of its readers share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.clickhouse.local_server import LocalServer
from tests.security import readers
from tests.security.readers import Reader


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    with readers.served(tmp_path_factory.mktemp("readers")) as server:
        yield server


@pytest.fixture
def bi(shared: LocalServer) -> Iterator[Reader]:
    """Reads all rows of the views."""
    with readers.reader(shared, "bi") as one:
        yield one


@pytest.fixture
def acme(shared: LocalServer) -> Iterator[Reader]:
    """Reads the rows of one workspace."""
    with readers.reader(shared, "acme") as one:
        yield one
