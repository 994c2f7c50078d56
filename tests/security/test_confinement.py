"""The server's process opens its own directory and port alone, whoever asks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local.clickhouse import confinement
from tests.integration.clickhouse import local_server
from tests.integration.clickhouse.local_server import LocalServer
from tests.security.readers import Host

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(not confinement.abi(), reason="this kernel has no Landlock"),
]
READS = "SELECT * FROM file('{path}', 'LineAsString')"


def test_not_even_the_administrator_reads_another_file(shared: LocalServer, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("open sesame")
    for path in (secret, Path("/etc/hostname"), Path("/etc/passwd"), Path("/proc/1/environ")):
        answer = shared.send(READS.format(path=path))
        assert "errno: 13" in answer.text, f"{path}: {answer.text}"
    for path in (tmp_path / "new", Path("/etc/new")):
        assert (
            shared.send(
                f"INSERT INTO FUNCTION file('{path}', 'CSV', 'a UInt8') SELECT 1"
            ).status_code
            >= 400
        )
        assert not path.exists()
    closed = shared.send(f"SELECT file('{secret}')").text
    assert "closed on this server" in closed
    assert "engine.py" not in closed


def test_it_connects_to_nobody(shared: LocalServer) -> None:
    if confinement.abi() < 4:
        pytest.skip("this kernel's Landlock knows no connections")
    host = Host()
    url = f"http://127.0.0.1:{host.port}/"
    for reads in (
        f"url('{url}', 'LineAsString', 'a String')",
        f"s3('{url}', 'LineAsString', 'a String')",
        f"remote('127.0.0.1:{host.port}', 'system', 'one')",
    ):
        settings = "SETTINGS http_max_tries = 1, s3_max_connections = 1, connect_timeout = 1"
        assert shared.send(f"SELECT * FROM {reads} {settings}").status_code >= 400
    assert host.heard == 0


def test_its_own_work_goes_on(tmp_path: Path) -> None:
    server = local_server.start(tmp_path)
    try:
        assert confinement.of_process(server.process.pid) == confinement.said(confinement.abi())
        server.ask("CREATE TABLE t (a UInt64, b String) ENGINE = MergeTree ORDER BY a")
        server.ask("INSERT INTO t SELECT number, repeat('x', 20) FROM numbers(1000000)")
        spills = (
            "max_bytes_before_external_group_by = 100000, max_bytes_before_external_sort = 100000,"
            "max_bytes_ratio_before_external_group_by = 0, max_bytes_ratio_before_external_sort = 0"
        )
        grouped = "SELECT a, count() AS n FROM t GROUP BY a ORDER BY n, a DESC"
        asked = f"SELECT sum(a), count() FROM ({grouped}) SETTINGS {spills}"
        assert server.ask(asked) == "499999500000\t1000000"
        assert len(server.ask(f"{grouped} LIMIT 100000", wait_end_of_query="1")) > 100000
        server.ask("OPTIMIZE TABLE t FINAL")
        server.ask("ALTER TABLE t UPDATE b = 'y' WHERE a = 1 SETTINGS mutations_sync = 1")
        assert server.stop() == 0
        server = local_server.start(tmp_path)
        assert server.ask("SELECT count(), countIf(b = 'y') FROM t") == "1000000\t1"
        assert server.ask("SELECT toDateTime(0, 'Asia/Kathmandu')") == "1970-01-01 05:30:00"
    finally:
        assert server.stop() == 0
