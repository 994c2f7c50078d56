"""The JDBC driver: DBeaver's and Metabase's way in."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.integration.clickhouse.local_server import LocalServer

pytestmark = pytest.mark.server

DRIVER = (
    ("com.clickhouse", "clickhouse-jdbc", "0.9.8", "all"),
    ("org.slf4j", "slf4j-api", "2.0.17", ""),
    ("org.slf4j", "slf4j-nop", "2.0.17", ""),
)


@pytest.fixture(scope="module")
def driver() -> str:
    """The driver's class path, from the Maven cache or Maven Central."""
    if shutil.which("javac") is None:
        pytest.skip("no JDK on this machine: the Java source cannot be run")
    try:
        return os.pathsep.join(str(_resolve(*jar)) for jar in DRIVER)
    except (OSError, RuntimeError) as error:
        pytest.skip(f"the JDBC driver cannot be had: {error}")


def _resolve(group: str, name: str, version: str, classifier: str) -> Path:
    from jgo.config import GlobalSettings
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext, PythonResolver

    settings: Any = GlobalSettings.load()
    repositories = {"central": MAVEN_CENTRAL_URL, **settings.repositories}
    context: Any = MavenContext(
        resolver=PythonResolver(), repo_cache=settings.repo_cache, remote_repos=repositories
    )
    component = context.project(group, name).at_version(version)
    return Path(component.artifact(classifier, "jar").resolve())


def _run(server: LocalServer, driver: str, user: str, **options: str) -> list[str]:
    url = f"jdbc:clickhouse://127.0.0.1:{server.port}/default"
    if options:
        url += "?" + "&".join(f"{name}={value}" for name, value in options.items())
    secrets = {"JDBC_URL": url, "JDBC_USER": user, "JDBC_PASSWORD": server.passwords[user]}
    finished = subprocess.run(
        ["java", "-cp", driver, str(Path(__file__).with_name("Jdbc.java"))],
        env={**os.environ, **secrets},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert finished.returncode == 0, finished.stderr
    return [line for line in finished.stdout.splitlines() if "=" in line]


@pytest.mark.parametrize("options", [{}, {"compress": "false"}], ids=["compressed", "plain"])
def test_types_inserts_streams_and_errors(
    server: LocalServer, driver: str, options: dict[str, str]
) -> None:
    assert _run(server, driver, "baton", **options) == [
        "product=ClickHouse",
        "id=1",
        "name=it's \\ 1",
        "at=2024-02-29T12:34:56.789Z",
        "price=12.3400",
        "tags=[a, b]",
        "note=null",
        "type=Decimal(18, 4)",
        "count=1000",
        "sum=500500",
        f"streamed={sum(range(300_000))}",
        "code=60",
    ]


def test_the_bi_user_finds_its_views(server: LocalServer, driver: str) -> None:
    assert _run(server, driver, "bi") == [
        "table=shown_people VIEW",
        "column=id UInt64 Number",
        "column=name String ",
        "name=Grace",
        "refused=497",
    ]
