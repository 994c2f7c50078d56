"""Files of exports as they are fetched: named, in parts, and spared where the caller has them."""

from __future__ import annotations

import httpx
import pytest

from tests.integration.queries.test_export_api import FEW, finished, started

pytestmark = pytest.mark.server


@pytest.mark.parametrize(("asked", "status"), [("bytes=900000000-", 416), ("bytes=x", 400)])
async def test_a_part_that_a_file_has_not_is_refused(
    http: httpx.AsyncClient, asked: str, status: int
) -> None:
    address = await started(http, f"{FEW}1")
    await finished(http, address)
    size = (await http.get(f"{address}/manifest")).json()["bytes"]
    answer = await http.get(f"{address}/data", headers={"Range": asked})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == f"The file has {size} bytes, and no part '{asked}'."
    if status == 416:
        assert answer.headers["content-range"] == f"bytes */{size}"


async def test_an_empty_period_has_a_name(http: httpx.AsyncClient) -> None:
    at = "2026-03-01T00:00:00Z"
    address = await started(http, f"workspace=1&from={at}&to={at}")
    await finished(http, address)
    named = (await http.get(f"{address}/data")).headers["content-disposition"]
    assert "2026-03-01-to-2026-03-01" in named


@pytest.mark.parametrize("path", ["data", "manifest"])
async def test_what_a_caller_has_is_not_sent_again(http: httpx.AsyncClient, path: str) -> None:
    address = f"{await started(http, f'{FEW}1')}/{path}"
    await finished(http, address.rpartition("/")[0])
    etag = (await http.get(address)).headers["etag"]
    assert (await http.head(address)).headers["etag"] == etag
    for known in (etag, f"W/{etag}", "*"):
        again = await http.get(address, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
    other = await http.get(address, headers={"If-None-Match": '"other"'})
    assert (other.status_code, other.headers["etag"]) == (200, etag)
