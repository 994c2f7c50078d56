"""clickhouse-connect (sync, async, SQLAlchemy), pandas and Polars."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import clickhouse_connect
import pandas as pd
import polars as pl
import pytest
import sqlalchemy as sa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, StreamFailureError

from tests.integration.clickhouse.local_server import LocalServer

pytestmark = pytest.mark.server

TYPES = """
    id UInt64, name String, at DateTime64(3, 'Europe/Berlin'), local DateTime('Asia/Kathmandu'),
    price Decimal(18, 4), tags Array(LowCardinality(String)), note Nullable(String),
    counts Map(String, Int32)
"""
AT = datetime(2024, 2, 29, 12, 34, 56, 789000, tzinfo=UTC)
ROW = (
    *(2**63 + 1, "it's \\ Ada", AT, AT.replace(microsecond=0)),
    *(Decimal("12.3400"), ["a", "b"], None, {"k": -1}),
)


@pytest.fixture(params=["lz4", "zstd", "gzip", False], ids=str)
def client(server: LocalServer, request: pytest.FixtureRequest) -> Iterator[Client]:
    """A sync client, for each way to compress."""
    with clickhouse_connect.get_client(dsn=server.url(), compress=request.param) as client:
        client.command(f"CREATE OR REPLACE TABLE py ({TYPES}) ENGINE = MergeTree ORDER BY id")
        yield client
        client.command("DROP TABLE py")


def test_types_go_there_and_back(client: Client) -> None:
    client.insert("py", [ROW])
    (row,) = client.query("SELECT * FROM py").result_rows
    assert row == ROW
    assert str(row[3].tzinfo) == "Asia/Kathmandu"


def test_raw_inserts_and_parameters(client: Client) -> None:
    client.raw_insert("py", ["id", "name"], b'{"id":1,"name":"x"}\n\n{"id":2}\n', fmt="JSONEachRow")
    asked = "SELECT id FROM py WHERE name = {name:String}"
    assert client.query(asked, parameters={"name": "x"}).result_rows == [(1,)]
    assert client.command("SELECT count() FROM py") == 2


def test_streams(client: Client) -> None:
    with client.query_row_block_stream("SELECT number FROM numbers(300000)") as blocks:
        assert sum(row[0] for block in blocks for row in block) == sum(range(300_000))
    broken = "SELECT number, throwIf(number = 900000) FROM numbers(1000000)"
    with (
        client.query_rows_stream(broken) as rows,
        pytest.raises(StreamFailureError, match="throwIf"),
    ):
        for _ in rows:
            pass
    with pytest.raises(DatabaseError, match="UNKNOWN_TABLE"):
        client.query("SELECT * FROM nowhere")


def test_pandas_and_polars(client: Client) -> None:
    frame = pd.DataFrame({"id": [1, 2], "name": ["a", "b"], "price": [Decimal("1"), Decimal("2")]})
    client.insert_df("py", frame)
    back = client.query_df("SELECT id, name, at FROM py ORDER BY id")
    assert list(back["name"]) == ["a", "b"]
    assert str(back["at"].dtype).startswith("datetime64")
    lines = pl.from_arrow(
        client.query_arrow("SELECT id, toString(name) AS name FROM py ORDER BY id")
    )
    assert isinstance(lines, pl.DataFrame)
    assert lines["id"].to_list() == [1, 2]


def test_polars_reads_parquet_over_http(server: LocalServer) -> None:
    data = server.send("SELECT number AS n FROM numbers(100000) FORMAT Parquet").content
    assert pl.read_parquet(data)["n"].sum() == sum(range(100_000))


def test_async_clients_at_once(server: LocalServer) -> None:
    async def ask() -> list[int]:
        async with await clickhouse_connect.get_async_client(
            dsn=server.url(), autogenerate_session_id=False
        ) as client:
            asked = [client.query(f"SELECT {number}, sleep(0.2)") for number in range(8)]
            return [answer.result_rows[0][0] for answer in await asyncio.gather(*asked)]

    assert asyncio.run(ask()) == list(range(8))


def test_sqlalchemy_reflects_tables_and_views(server: LocalServer) -> None:
    for user, names in (("baton", {"hidden", "shown_people"}), ("bi", {"shown_people"})):
        engine = sa.create_engine(server.url(user).replace("http", "clickhousedb", 1) + "/baton")
        inspector = sa.inspect(engine)
        assert "baton" in inspector.get_schema_names()
        seen = set(inspector.get_table_names()) | set(inspector.get_view_names())
        assert seen & {"hidden", "shown_people"} == names
        columns = {column["name"]: column for column in inspector.get_columns("shown_people")}
        assert list(columns) == ["id", "name"]
        people = sa.Table("shown_people", sa.MetaData(), autoload_with=engine)
        with engine.connect() as connection:
            found = connection.execute(sa.select(people.c.name).where(people.c.id == 2)).all()
            assert found == [("Grace",)]
        engine.dispose()
