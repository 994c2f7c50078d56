"""What a request says, and where it says it."""

from __future__ import annotations

import base64
from uuid import UUID

import pytest

from deploy.local.clickhouse.errors import ClickHouseError
from deploy.local.clickhouse.request import Call, new_query_id, read_call

BASIC = {"Authorization": "Basic " + base64.b64encode(b"ada:pa:ss").decode()}


def call(headers: dict[str, str] | None = None, method: str = "POST", **given: str) -> Call:
    return read_call(method, {**BASIC, **(headers or {})}, given)


def test_credentials() -> None:
    assert (call().user, call().password) == ("ada", "pa:ss")
    keys = read_call("GET", {"X-ClickHouse-User": "a", "X-ClickHouse-Key": "b"}, {})
    assert (keys.user, keys.password) == ("a", "b")
    in_url = read_call("GET", {}, {"user": "c", "password": "d"})
    assert (in_url.user, in_url.password) == ("c", "d")
    for headers, code in (
        ({}, 194),
        ({"Authorization": "Bearer x"}, 516),
        ({"Authorization": "Basic !"}, 516),
        ({**BASIC, "X-ClickHouse-User": "a"}, 516),
    ):
        with pytest.raises(ClickHouseError) as error:
            read_call("GET", headers, {})
        assert error.value.code == code
    assert "pa:ss" not in repr(call())


def test_settings_are_what_is_nothing_else() -> None:
    found = call(max_threads="2", param_x="1", query_id="q", session_id="s", log_comment="it's")
    assert found.settings == {"max_threads": "2", "log_comment": "it's"}
    assert found.parameters == {"x": "1"}
    assert (found.session_id, found.session_timeout) == ("s", 60)


def test_query_ids_are_uuids_of_their_own() -> None:
    made = {new_query_id() for _ in range(100)}
    assert len(made) == 100
    assert all(str(UUID(each)) == each and UUID(each).version == 4 for each in made)


def test_only_post_writes() -> None:
    assert [call(method=method).reads_only for method in ("GET", "HEAD", "POST")] == [1, 1, 0]


def test_encodings() -> None:
    accept = {"Accept-Encoding": "zstd"}
    assert call(accept).encoding == ""
    assert call(accept, enable_http_compression="1").encoding == "zstd"
    assert call(accept, enable_http_compression="1", compress="1").encoding == "clickhouse"
    assert call({"Content-Encoding": "lz4"}).body_encoding == "lz4"
    assert call(decompress="1").body_encoding == "clickhouse"


def test_external_tables() -> None:
    given = {
        "a_types": "UInt8, Array(Tuple(Int8, String))",
        "b_structure": "x Date",
        "b_format": "CSV",
    }
    found = read_call("POST", BASIC, given, {"a": b"1", "b": b"2"})
    assert [(e.name, e.columns, e.format, e.data) for e in found.externals] == [
        ("a", "_1 UInt8, _2  Array(Tuple(Int8, String))", "TabSeparated", b"1"),
        ("b", "x Date", "CSV", b"2"),
    ]
    assert found.settings == {}
    with pytest.raises(ClickHouseError, match="structure"):
        read_call("POST", BASIC, {}, {"c": b""})


@pytest.mark.parametrize("given", [{"session_timeout": "x"}, {"client_protocol_version": "-1"}])
def test_numbers_that_are_none(given: dict[str, str]) -> None:
    with pytest.raises(ClickHouseError):
        call(**given)
