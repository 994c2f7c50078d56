from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route

from queries.api.head import Head

TEXT = "twelve bytes"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "file"
    file.write_text(TEXT)
    return file


@pytest.fixture
def http(file: Path) -> httpx.AsyncClient:
    async def parts() -> Any:
        for letter in TEXT:
            yield letter

    def whole(request: Request) -> Response:
        return Response(TEXT, headers={"ETag": '"a"'})

    def streamed(request: Request) -> Response:
        return StreamingResponse(parts())

    def of_file(request: Request) -> Response:
        return FileResponse(file)

    def posted(request: Request) -> Response:
        return Response(TEXT)

    routes = [
        *(Route(f"/{one.__name__}", one, methods=["GET"]) for one in (whole, streamed, of_file)),
        Route("/posted", posted, methods=["POST"]),
    ]
    for route in routes:
        route.methods = route.methods and route.methods - {"HEAD"}
    transport = httpx.ASGITransport(Head(Starlette(routes=routes)))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")


@pytest.mark.parametrize("path", ["/whole", "/streamed", "/of_file", "/nowhere", "/posted"])
async def test_head_has_the_headers_of_get_and_no_body(http: httpx.AsyncClient, path: str) -> None:
    get, head = await http.get(path), await http.head(path)
    assert head.status_code == get.status_code
    assert head.headers == get.headers
    assert (bool(get.content), head.content) == (True, b"")


async def test_a_file_is_not_read_for_its_headers(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object) -> None:
        raise AssertionError("it was read")

    monkeypatch.setattr("anyio.open_file", read)
    for headers in ({}, {"Range": "bytes=2-3"}):
        head = await http.head("/of_file", headers=headers)
        assert (head.status_code, head.headers["content-length"]) == (200, str(len(TEXT)))


async def test_a_post_stays_one(http: httpx.AsyncClient) -> None:
    assert (await http.post("/posted")).text == TEXT
