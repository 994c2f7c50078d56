"""Answers: in one piece or in many, of any format, and what goes wrong while they are sent."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pyarrow.ipc
import pyarrow.parquet
import pytest

from tests.integration.clickhouse.local_server import LocalServer

pytestmark = pytest.mark.server

A_MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("form", ["Native", "TSV", "JSONEachRow", "CSVWithNames", "Null"])
@pytest.mark.parametrize(
    "row", ["1, 'a'", "1 WHERE 0", "toDateTime(0, 'Asia/Tokyo') AS at", "arrayJoin([1, 2, 3])"]
)
def test_with_or_without_a_table_answers_are_alike(
    server: LocalServer, row: str, form: str
) -> None:
    """What has one row at most is not streamed."""
    table = row.replace(" WHERE", " FROM system.one WHERE")
    table = table if "FROM" in table else f"{row} FROM system.one"
    answers = [
        server.send(f"SELECT {each} FORMAT {form}", client_protocol_version="54405")
        for each in (row, table)
    ]
    one, other = ((each.content, each.headers.get("X-ClickHouse-Format")) for each in answers)
    assert one == other


def test_many_rows_are_streamed_though_they_are_of_no_table(server: LocalServer) -> None:
    answer = server.send("SELECT arrayJoin(range(1000000))")
    assert "X-ClickHouse-Exception-Tag" in answer.headers
    assert answer.text.count("\n") == 1_000_000


@pytest.mark.parametrize(
    "form", ["JSON", "XML", "Parquet", "ArrowStream", "Pretty", "CSVWithNames", "TSV", "Vertical"]
)
def test_formats_are_one_document(server: LocalServer, form: str) -> None:
    """Several blocks of a result make no several documents: the engine in one piece says so."""
    # Pretty waits for more blocks for so long only, which a busy machine can need for one.
    squash = "output_format_pretty_squash"
    patient = f"{squash}_consecutive_ms = 60000, {squash}_max_wait_ms = 60000"
    asked = "SELECT number AS n, toString(n) AS s FROM numbers(1000)"
    sql = f"{asked} SETTINGS {patient}, max_block_size = 100"
    blocks = server.send(sql, default_format=form).content
    one = server.send(sql.replace("= 100", "= 100000"), default_format=form).content
    if form in ("JSON", "XML"):
        blocks, one = (text.split(b"elapsed")[0] for text in (blocks, one))
    if form == "Parquet":
        blocks, one = (pyarrow.parquet.read_table(io.BytesIO(data)) for data in (blocks, one))
    elif form == "ArrowStream":
        blocks, one = (pyarrow.ipc.open_stream(data).read_all() for data in (blocks, one))
    assert blocks == one


def test_totals_and_extremes(server: LocalServer) -> None:
    sql = "SELECT number % 2 AS k, count() AS c FROM numbers(5) GROUP BY k WITH TOTALS ORDER BY k"
    assert server.ask(sql) == "0\t3\n1\t2\n\n0\t5"
    assert json.loads(server.ask(f"{sql} FORMAT JSON"))["totals"] == {"k": 0, "c": 5}
    assert server.ask("SELECT number FROM numbers(3)", extremes="1") == "0\n1\n2\n\n0\n2"


def test_a_table_named_totals_in_native(server: LocalServer) -> None:
    asked = "WITH totals AS (SELECT number FROM numbers(3)) SELECT * FROM totals"
    other = asked.replace("totals", "others")
    form = {"default_format": "Native", "client_protocol_version": "54405"}
    assert server.send(asked, **form).content == server.send(other, **form).content


def test_an_error_in_the_middle_of_a_stream(server: LocalServer) -> None:
    sql = "SELECT number, throwIf(number = 900000, 'too far') FROM numbers(1000000)"
    for form in ("TSV", "JSONCompact", "Native"):
        response = server.send(f"{sql} FORMAT {form}")
        assert response.status_code == 200
        tag = response.headers["X-ClickHouse-Exception-Tag"]
        begin = f"\r\n__exception__\r\n{tag}\r\n".encode()
        message, size = response.content.split(begin)[1].split(b"\n", 1)
        assert message.startswith(b"Code: 395. DB::Exception: too far")
        assert size == f"{len(message) + 1} {tag}\r\n__exception__\r\n".encode()


def test_waiting_for_the_end_gives_the_error_its_status(server: LocalServer) -> None:
    sql = "SELECT throwIf(number = 900000) FROM numbers(1000000)"
    assert server.send(sql, wait_end_of_query="1").status_code == 500
    whole = server.send("SELECT number FROM numbers(1000000)", wait_end_of_query="1")
    assert whole.text.count("\n") == 1_000_000


@pytest.mark.parametrize("query", ["SELECT 1", "SELEC 1"])
def test_http_around_an_answer_in_one_piece(server: LocalServer, query: str) -> None:
    with server.client() as client:
        whole = client.get("/", params={"query": query})
        head = client.head("/", params={"query": query})
        last = client.get("/", params={"query": query}, headers={"Connection": "close"})
    assert whole.headers["Connection"] == "keep-alive"
    assert abs(parsedate_to_datetime(whole.headers["Date"]) - datetime.now(UTC)) < A_MINUTE
    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert head.headers["Content-Length"] == whole.headers["Content-Length"]
    assert (last.content, last.headers["Connection"]) == (whole.content, "close")
