"""Exports that the server runs: followed, fetched, limited, and explained when they fail."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from queries.api import jobs
from queries.api.app import create_app
from queries.api.services import Services
from queries.errors import StoreUnavailable, TooSlow
from queries.sql import statement
from queries.store import Row, Store
from tests.integration.queries.browser import serving
from tests.integration.queries.conftest import World
from tests.integration.queries.oracle import matching
from tests.integration.queries.test_api import is_problem
from tests.integration.small_disk import small_disk

pytestmark = pytest.mark.server
SPAN = {"from": "2026-01-01", "to": "2026-03-31"}
WHOLE = "workspace=1&from=2026-01-01&to=2026-03-31&format=jsonl"
FEW = "period=today&workspace="


@dataclass
class Hindered:
    """A store; `before` is called before each piece, `counting` before rows are counted."""

    store: Store
    before: Callable[[], object] = lambda: None
    counting: Callable[[], object] = lambda: None

    def rows(self, query: str, parameters: Mapping[str, Any]) -> list[Row]:
        if query not in (statement("workspaces"), statement("time_zone")):
            self.counting()
        return self.store.rows(query, parameters)

    def raw(self, query: str, parameters: Mapping[str, Any], fmt: str) -> bytes:
        self.before()
        return self.store.raw(query, parameters, fmt)


@pytest.fixture
def services(app: FastAPI) -> Services:
    """Those of the application."""
    found: Services = app.state.services
    return found


@pytest.fixture
def in_the_way(exports: Path) -> Path:
    """A file where exports should go."""
    exports.write_text("in the way")
    return exports


@asynccontextmanager
async def client(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """A client of another application over these services."""
    transport = httpx.ASGITransport(create_app(services, opens=True))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        yield http


def kept(exports: Path, fmt: str) -> list[Path]:
    """The files of this format on the server's disk."""
    return list(exports.rglob(f"*.{fmt}"))


def fails(error: Exception) -> Callable[[], object]:
    def fail() -> None:
        raise error

    return fail


async def started(http: httpx.AsyncClient, query: str) -> str:
    answer = await http.post(f"/api/v1/exports?{query}")
    assert answer.status_code == 202, answer.text
    return answer.headers["location"]


async def finished(http: httpx.AsyncClient, address: str) -> dict[str, Any]:
    for _ in range(200):
        state: dict[str, Any] = (await http.get(address)).json()
        if state["state"] != "running":
            return state
        await asyncio.sleep(0.05)
    raise AssertionError("still running")


async def test_the_api_exports_in_the_background(world: World, http: httpx.AsyncClient) -> None:
    query = "workspace=1&from=2026-01-01&to=2026-03-31&format=jsonl"
    started = await http.post(f"/api/v1/exports?{query}")
    assert started.status_code == 202
    address = started.headers["location"]
    state = await finished(http, address)
    expected = matching(world.rows, world.ask(**SPAN))
    assert (state["state"], state["rows"], state["total"]) == (
        "ready",
        len(expected),
        len(expected),
    )
    data = await http.get(f"{address}/data")
    manifest = (await http.get(f"{address}/manifest")).json()
    assert hashlib.sha256(data.content).hexdigest() == manifest["sha256"]
    named = data.headers["content-disposition"]
    assert named == 'attachment; filename="assignments-1-2026-01-01-to-2026-03-31.jsonl"'
    part = await http.get(f"{address}/data", headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, data.content[100:200])
    rest = {"Range": "bytes=100-", "If-Range": data.headers["etag"]}
    part = await http.get(f"{address}/data", headers=rest)
    assert (part.status_code, part.content) == (206, data.content[100:])


async def test_an_export_is_its_workspaces_alone(
    world: World, http: httpx.AsyncClient, tokens: Any
) -> None:
    address = (await http.post("/api/v1/exports?workspace=1&period=today")).headers["location"]
    await finished(http, address)
    other = {"Authorization": f"Bearer {tokens.create('2')}"}
    for path in (address, f"{address}/data", f"{address}/manifest"):
        assert (await http.get(path, headers=other)).status_code == 404
    mine = {"Authorization": f"Bearer {tokens.create('1')}"}
    assert (await http.get(address, headers=mine)).status_code == 200


async def test_a_failed_export_says_why(services: Services) -> None:
    hindered = Hindered(services.store, fails(TooSlow("Ask for less.")))
    async with client(replace(services, store=hindered)) as http:
        address = await started(http, WHOLE)
        state = await finished(http, address)
        assert (state["state"], state["reason"]) == (
            "failed", "The query took too long. Ask for less.",
        )  # fmt: skip
        for path in ("data", "manifest"):
            answer = await http.get(f"{address}/{path}")
            assert is_problem(answer, 409, "export-failed")
            assert answer.json()["detail"] == state["reason"]


async def test_a_reason_names_neither_files_nor_servers(
    services: Services, in_the_way: Path
) -> None:
    unknown = Hindered(services.store, fails(RuntimeError("SELECT 1 FROM http://127.0.0.1:8123")))
    said = []
    for given in (services, replace(services, store=unknown, exports=in_the_way.parent / "other")):
        async with client(given) as http:
            said.append((await finished(http, await started(http, WHOLE)))["reason"])
    assert said == [
        "The server cannot write it: File exists.",
        "Something is wrong on our side; the server's log has it.",
    ]


async def test_a_full_disk_is_the_reason(services: Services, exports: Path) -> None:
    with small_disk(exports, 4) as disk:
        async with client(services) as http:
            disk.fill()
            disk.give(100_000)
            state = await finished(http, await started(http, WHOLE))
            assert state["reason"] == "The server cannot write it: No space left on device."
            disk.empty()
            assert (await finished(http, await started(http, WHOLE)))["state"] == "ready"


async def test_a_file_that_is_gone_is_said_and_no_error(
    http: httpx.AsyncClient, exports: Path
) -> None:
    address = await started(http, WHOLE)
    await finished(http, address)
    for file in kept(exports, "jsonl"):
        os.unlink(file)
    for path in ("data", "manifest"):
        answer = await http.get(f"{address}/{path}")
        assert is_problem(answer, 409, "export-failed")
        assert "gone" in answer.json()["detail"]
        assert str(exports) not in answer.text
    assert (await http.get(address)).json()["state"] == "failed"


async def test_another_server_leaves_the_exports_of_one_that_runs(
    services: Services, http: httpx.AsyncClient
) -> None:
    address = await started(http, WHOLE)
    await finished(http, address)
    async with client(services) as other:
        await finished(other, await started(other, WHOLE))
        assert is_problem(await other.get(address), 404, "not-found")
    assert (await http.get(f"{address}/data")).status_code == 200


def test_exports_end_with_their_server(services: Services, exports: Path) -> None:
    async def use(url: str) -> None:
        async with httpx.AsyncClient(base_url=url) as http:
            await finished(http, await started(http, WHOLE))
        assert kept(exports, "jsonl")

    with serving(create_app(services, opens=True)) as url:
        asyncio.run(use(url))
    assert list(exports.iterdir()) == []


async def test_a_few_exports_of_a_workspace_are_kept(
    http: httpx.AsyncClient, exports: Path
) -> None:
    addresses = []
    for number in range(jobs.KEPT_OF_A_WORKSPACE + 3):
        addresses.append(await started(http, f"{FEW}{1 if number else 2}"))
        assert (await finished(http, addresses[-1]))["state"] == "ready"
    found = [(await http.get(f"{address}/data")).status_code for address in addresses]
    assert found == [200] + [404] * 2 + [200] * jobs.KEPT_OF_A_WORKSPACE
    assert len(kept(exports, "csv")) == jobs.KEPT_OF_A_WORKSPACE + 1
    assert is_problem(await http.get(addresses[1]), 404, "not-found")


async def test_exports_of_one_workspace_leave_room_for_others(services: Services) -> None:
    go_on = threading.Event()
    hindered = Hindered(services.store, go_on.wait)
    async with client(replace(services, store=hindered)) as http:
        running = [await started(http, f"{FEW}1") for _ in range(jobs.RUNNING_OF_A_WORKSPACE)]
        refused = await http.post(f"/api/v1/exports?{FEW}1")
        assert is_problem(refused, 429, "exports-running")
        assert refused.headers["retry-after"] == str(jobs.RETRY_AFTER)
        running += [await started(http, f"{FEW}2") for _ in range(jobs.RUNNING_OF_A_WORKSPACE)]
        assert len(running) == jobs.RUNNING_AT_MOST
        go_on.set()
        for address in running:
            assert (await finished(http, address))["state"] == "ready"
        await started(http, f"{FEW}1")


async def test_all_workspaces_together_run_a_few(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "RUNNING_AT_MOST", 2)
    go_on = threading.Event()
    hindered = Hindered(services.store, go_on.wait)
    async with client(replace(services, store=hindered)) as http:
        for workspace in (1, 2):
            await started(http, f"{FEW}{workspace}")
        assert is_problem(await http.post(f"/api/v1/exports?{FEW}2"), 429, "exports-running")
        go_on.set()


async def test_one_that_never_began_takes_nobodys_room(services: Services) -> None:
    hindered = Hindered(services.store)
    async with client(replace(services, store=hindered)) as http:
        for _ in range(jobs.RUNNING_OF_A_WORKSPACE + 1):
            hindered.counting = fails(StoreUnavailable("away"))
            refused = await http.post(f"/api/v1/exports?{FEW}1")
            assert is_problem(refused, 503, "store-unavailable")
        hindered.counting = lambda: None
        await started(http, f"{FEW}1")
