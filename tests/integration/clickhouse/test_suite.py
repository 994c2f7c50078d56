"""clickhouse-connect's own integration suite, from a checkout that is named in the environment.

    CLICKHOUSE_CONNECT_SUITE   the checkout (of github.com/ClickHouse/clickhouse-connect)
    CLICKHOUSE_CONNECT_PYTHON  a Python that has it and its tests/test_requirements.txt installed
                               (pyarrow needs NumPy 2, whatever the requirements say)

Its failures and skips, and why, are listed in deploy/local/README.md; this test holds the list.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from deploy.local import clickhouse
from tests.integration.clickhouse import local_server
from tests.integration.clickhouse.proxy import forward_proxy

PORT = 8123
SUITE, PYTHON = "CLICKHOUSE_CONNECT_SUITE", "CLICKHOUSE_CONNECT_PYTHON"
NOTE = Path(clickhouse.__file__).parents[1] / "README.md"

pytestmark = [
    pytest.mark.server,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(
        not {SUITE, PYTHON} <= os.environ.keys(), reason=f"{SUITE} and {PYTHON} are not set"
    ),
]


def _run(directory: Path, port: int, password: str, proxy: str) -> dict[str, str]:
    """Run the suite against a server; its tests' outcomes by name."""
    shutil.copytree(Path(os.environ[SUITE]) / "tests", directory / "tests")
    shutil.copy(Path(os.environ[SUITE]) / "pyproject.toml", directory)
    prefix = "CLICKHOUSE_CONNECT_TEST"
    given = {
        f"{prefix}_HOST": "127.0.0.1",
        f"{prefix}_PORT": str(port),
        f"{prefix}_USER": "baton",
        f"{prefix}_PASSWORD": password,
        # The suite's test of proxies is for this port only.
        f"{prefix}_PROXY_ADDR": proxy if port == PORT else "",
    }
    options = ["-n", "0", "-q", "-p", "no:cacheprovider", "--junit-xml=outcomes.xml"]
    subprocess.run(
        [os.environ[PYTHON], "-m", "pytest", "tests/integration_tests", *options],
        cwd=directory,
        env={**os.environ, **given},
        stdout=subprocess.DEVNULL,
        check=False,
    )
    cases = ElementTree.parse(directory / "outcomes.xml").iter("testcase")
    return {f"{case.get('classname')}::{case.get('name')}": _outcome(case) for case in cases}


def _outcome(case: ElementTree.Element) -> str:
    return next(
        (child.tag for child in case if child.tag in ("failure", "error", "skipped")), "passed"
    )


def test_only_what_the_note_lists_does_not_pass(tmp_path: Path) -> None:
    listed = set(re.findall(r"`(test_\w+)`", NOTE.read_text()))
    server_path = tmp_path / "server"
    with local_server.running(server_path, port=PORT) as server, forward_proxy() as proxy:
        outcomes = _run(tmp_path, server.port, server.passwords["baton"], proxy)
    left = {name: outcome for name, outcome in outcomes.items() if outcome != "passed"}
    print(f"{len(outcomes) - len(left)} of {len(outcomes)} passed; not: {left}")
    assert len(outcomes) - len(left) >= 815
    names = {name.split("::")[1].split("[")[0] for name in left}
    assert {name for name in names if name.startswith("test_")} <= listed
