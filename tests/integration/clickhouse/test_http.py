"""ClickHouse's HTTP interface, as its documentation describes it."""

from __future__ import annotations

import gzip
import json
import uuid

import httpx
import lz4.frame
import pytest
import zstandard

from tests.integration.clickhouse.local_server import LocalServer

pytestmark = pytest.mark.server


def test_ping_and_the_root_need_no_password(server: LocalServer) -> None:
    base = f"http://127.0.0.1:{server.port}"
    assert httpx.get(f"{base}/ping").text == "Ok.\n"
    assert httpx.get(base).text == "Ok.\n"
    assert httpx.head(base).status_code == 200
    assert httpx.get(f"{base}/nowhere").status_code == 404
    assert httpx.put(base).status_code == 405


def test_credentials_in_each_of_the_usual_places(server: LocalServer) -> None:
    url, password = f"http://127.0.0.1:{server.port}/", server.passwords["baton"]
    headers = {"X-ClickHouse-User": "baton", "X-ClickHouse-Key": password}
    query = {"query": "SELECT 7"}
    assert httpx.get(url, params=query, auth=("baton", password)).text == "7\n"
    assert httpx.get(url, params=query, headers=headers).text == "7\n"
    assert httpx.get(url, params={**query, "user": "baton", "password": password}).text == "7\n"
    missing = httpx.get(url, params=query)
    assert (missing.status_code, missing.headers["X-ClickHouse-Exception-Code"]) == (401, "194")
    assert "Basic" in missing.headers["WWW-Authenticate"]
    wrong = httpx.get(url, params=query, auth=("baton", "guess"))
    assert (wrong.status_code, wrong.headers["X-ClickHouse-Exception-Code"]) == (403, "516")
    both = httpx.get(url, params=query, auth=("baton", password), headers=headers)
    assert both.status_code == 403


def test_get_reads_only(server: LocalServer, table: str) -> None:
    with server.client() as client:
        refused = client.get("/", params={"query": f"INSERT INTO {table} VALUES (1, 'x')"})
        assert refused.headers["X-ClickHouse-Exception-Code"] == "164"
        refused = client.get("/", params={"query": f"DROP TABLE {table}"})
        assert refused.headers["X-ClickHouse-Exception-Code"] == "164"
    assert server.ask(f"SELECT count() FROM {table}") == "0"


@pytest.mark.parametrize("asked", ["SELECT 1", "SELECT nothing_of_that_name"])
def test_readonly_holds_for_one_request(server: LocalServer, table: str, asked: str) -> None:
    """Also where that request fails: the next one, whoever asks, is not read-only."""
    with server.client() as client:
        for _ in range(3):
            client.post("/", params={"readonly": "2", "max_threads": "1"}, content=asked)
            written = client.post("/", content=f"INSERT INTO {table} VALUES (1, 'x')")
            assert written.status_code == 200, written.text


def test_readonly_is_set_once_for_the_same_settings(server: LocalServer) -> None:
    """A handle cannot leave it, and is kept for whoever asks for just these settings."""
    which = "SELECT value FROM system.settings WHERE name = 'send_logs_source_regexp'"
    with server.client() as client:

        def handle(threads: int) -> str:
            settings = {"readonly": "2", "max_threads": threads}
            return client.post("/", params=settings, content=which).text

        first, other = handle(1), handle(2)
        assert first
        assert first != other
        assert (handle(1), handle(2)) == (first, other)


def test_what_only_reads_depends_on_settings(server: LocalServer) -> None:
    query = {"query": "1 + 1"}
    with server.client() as client:
        for _ in range(2):
            refused = client.get("/", params=query)
            assert refused.headers["X-ClickHouse-Exception-Code"] == "164"
            assert client.get("/", params={**query, "implicit_select": "1"}).text == "2\n"


def test_statement_from_url_and_body_together(server: LocalServer, table: str) -> None:
    rows = b'{"id": 1, "name": "a"}\n\n{"id": 2, "name": "b"}\n'
    assert server.send(rows, query=f"INSERT INTO {table} FORMAT JSONEachRow").status_code == 200
    assert server.ask(b"FROM t".decode(), query="SELECT groupArray(name)") == "['a','b']"


def test_headers(server: LocalServer) -> None:
    response = server.send("SELECT 1 AS x FORMAT JSONCompact", query_id="mine-1")
    assert response.headers["X-ClickHouse-Query-Id"] == "mine-1"
    assert response.headers["X-ClickHouse-Format"] == "JSONCompact"
    assert response.headers["X-ClickHouse-Timezone"] == server.ask("SELECT timezone()")
    assert response.headers["Content-Type"].startswith("application/json")
    summary = json.loads(response.headers["X-ClickHouse-Summary"])
    assert (summary["read_rows"], summary["result_rows"]) == ("1", "1")
    assert int(summary["elapsed_ns"]) > 0
    uuid.UUID(server.send("SELECT 1").headers["X-ClickHouse-Query-Id"])


def test_an_id_that_no_header_can_have_is_refused(server: LocalServer) -> None:
    answer = server.send("SELECT 1", query_id="a\r\nX-More: 1")
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (400, "36")
    assert "X-More" not in answer.headers


def test_no_result_set_no_format(server: LocalServer, table: str) -> None:
    response = server.send(f"INSERT INTO {table} VALUES (1, 'x'), (2, 'y')")
    assert "X-ClickHouse-Format" not in response.headers
    assert json.loads(response.headers["X-ClickHouse-Summary"])["written_rows"] == "2"


@pytest.mark.parametrize(
    ("sql", "status", "code"),
    [
        ("SELEC 1", 400, "62"),
        ("", 400, "62"),
        ("\xa0SELECT 1", 400, "62"),
        ("SELECT * FROM nowhere", 404, "60"),
        ("SELECT 1; SELECT 2", 400, "62"),
        ("SELECT throwIf(1)", 500, "395"),
        ("SELECT 1 SETTINGS no_such = 1", 404, "115"),
        ("SELECT sleep(3) SETTINGS max_execution_time = 1", 408, "159"),
        ("SELECT * FROM numbers(1) INTO OUTFILE '/tmp/x'", 501, "48"),
    ],
)
def test_errors_have_code_and_status(server: LocalServer, sql: str, status: int, code: str) -> None:
    response = server.send(sql)
    assert (response.status_code, response.headers["X-ClickHouse-Exception-Code"]) == (status, code)
    assert response.text.startswith(f"Code: {code}. DB::Exception: ")
    assert "(version " in response.text
    assert "query_id" not in response.text


def test_query_parameters(server: LocalServer, table: str) -> None:
    asked = "SELECT {s:String}, {n:UInt8}, {a:Array(String)}, {z:Nullable(String)}"
    params = {"param_s": "a\\tb", "param_n": "7", "param_a": "['x','y']", "param_z": "\\N"}
    assert server.ask(asked, **params) == "a\\tb\t7\t['x','y']\t\\N"
    missing = server.send("SELECT {n:UInt8}")
    assert missing.headers["X-ClickHouse-Exception-Code"] == "456"
    server.ask("INSERT INTO {t:Identifier} FORMAT CSV\n1,x\n", param_t=table)
    assert server.ask("SELECT name FROM {t:Identifier}", param_t=table) == "x"


def test_database_and_settings_hold_for_one_request(server: LocalServer) -> None:
    asked = "SELECT currentDatabase(), getSetting('max_threads')"
    assert server.ask(asked, database="baton", max_threads="1") == "baton\t1"
    assert server.ask(asked).startswith("default\t")
    assert server.ask("SELECT getSetting('max_block_size')", max_block_size="77") == "77"
    assert server.ask("SELECT getSetting('max_block_size')") == "65409"
    unknown = server.send("SELECT 1", database="nowhere")
    assert unknown.headers["X-ClickHouse-Exception-Code"] == "81"


_COMPRESSED = {
    "gzip": gzip.compress,
    "lz4": lz4.frame.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


@pytest.mark.parametrize("encoding", _COMPRESSED)
def test_bodies_in_several_frames(server: LocalServer, table: str, encoding: str) -> None:
    compress = _COMPRESSED[encoding]
    body = compress(b"INSERT INTO t FORMAT TSV\n1\ta\n") + compress(b"2\tb\n")
    with server.client() as client:
        sent = client.post("/", content=body, headers={"Content-Encoding": encoding})
    assert sent.status_code == 200, sent.text
    assert server.ask(f"SELECT groupArray(name) FROM {table}") == "['a','b']"
    with server.client() as client:
        cut = client.post("/", content=body[:-3], headers={"Content-Encoding": encoding})
        assert cut.headers["X-ClickHouse-Exception-Code"] == "271"


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "lz4"])
def test_compressed_answers(server: LocalServer, encoding: str) -> None:
    headers = {"Accept-Encoding": encoding}
    for rows in (1, 300_000):
        plain = server.send(f"SELECT number FROM numbers({rows})").content
        with server.client() as client:
            params = {
                "query": f"SELECT number FROM numbers({rows})",
                "enable_http_compression": "1",
            }
            with client.stream("GET", "/", params=params, headers=headers) as response:
                packed = b"".join(response.iter_raw())
        assert response.headers["Content-Encoding"] == encoding
        assert _unpacked(encoding, packed) == plain
        assert len(packed) < len(plain) + 50


def _unpacked(encoding: str, data: bytes) -> bytes:
    if encoding == "gzip":
        return gzip.decompress(data)
    if encoding == "lz4":
        return bytes(lz4.frame.decompress(data))
    return zstandard.ZstdDecompressor().decompressobj().decompress(data)


def test_external_data(server: LocalServer) -> None:
    files = {"people": ("people.tsv", b"1\tAda\n2\tGrace\n")}
    params = {
        "query": "SELECT max(name) FROM people WHERE id < {below:UInt8}",
        "people_structure": "id UInt8, name String",
    }
    with server.client() as client:
        answer = client.post("/", params=params, files=files, data={"param_below": "2"})
    assert answer.text == "Ada\n"
    assert server.send("SELECT * FROM people").headers["X-ClickHouse-Exception-Code"] == "60"


def test_sql_that_is_not_text(server: LocalServer) -> None:
    assert server.send(b"SELECT hex('\xff\xfe')").text == "FFFE\n"


def test_the_query_log_has_the_clients_id(server: LocalServer) -> None:
    server.ask("SELECT 1 AS sought", query_id="sought-id")
    server.ask("SYSTEM FLUSH LOGS")
    asked = "SELECT DISTINCT query FROM system.query_log WHERE query_id = 'sought-id'"
    assert server.ask(asked).startswith("SELECT 1 AS sought")
    assert "query_id" not in server.ask(asked)


def test_an_insert_with_settings_of_its_own(server: LocalServer, table: str) -> None:
    sent = f"INSERT INTO {table} SETTINGS format_csv_delimiter = '|' FORMAT CSV\n1|x\n"
    summary = json.loads(server.send(sent).headers["X-ClickHouse-Summary"])
    assert summary["written_rows"] == "1"
    assert server.ask(f"SELECT name FROM {table}") == "x"


def test_a_write_that_fails_is_an_error_without_our_files(server: LocalServer, table: str) -> None:
    spools = server.log.parent / "data" / "tmp" / "spools"
    server.ask(
        "CREATE OR REPLACE TABLE parts (a UInt32) ENGINE = MergeTree PARTITION BY a ORDER BY a"
    )
    rows = "\n".join(map(str, range(101)))
    for sql, code in (
        (f"INSERT INTO parts FORMAT TSV\n{rows}\n", "252"),
        (f"INSERT INTO {table} FORMAT TSV\nno number\tx\n", "27"),
        (
            f"INSERT INTO {table} SELECT * FROM input('id UInt64, name String') FORMAT CSV\n1,x\n",
            "48",
        ),
        (f"INSERT INTO {table} FROM INFILE '/etc/hostname' FORMAT CSV\n", "48"),
    ):
        failed = server.send(sql)
        assert failed.headers["X-ClickHouse-Exception-Code"] == code, failed.text
        assert str(spools.parent) not in failed.text
        assert "spools" not in failed.text
    assert server.ask("SELECT count() FROM parts") == "0"
    assert list(spools.iterdir()) == []
    server.ask("DROP TABLE parts")


def test_rows_are_inserted_in_their_order(server: LocalServer) -> None:
    """Else a repeated insert with a token would have other blocks under the same numbers."""
    server.ask("CREATE OR REPLACE TABLE ordered (a UInt32) ENGINE = Memory")
    body = "".join(f"{number}\n" for number in range(1_000_000))
    server.ask(f"INSERT INTO ordered FORMAT TSV\n{body}", max_block_size="10000")
    found = server.ask("SELECT a FROM ordered SETTINGS max_threads = 1")
    assert found == body.strip()
    server.ask("DROP TABLE ordered")
