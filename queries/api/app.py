"""The application: API and page under one gate."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware

from producers.installed import version
from queries.api import analyses, exports, parameters, problems, reports
from queries.api.document import Documented
from queries.api.files import NotModified
from queries.api.gate import Gate, opens_page
from queries.api.head import Head
from queries.api.headers import HEADERS, NOTHING_KEPT
from queries.api.jobs import Jobs
from queries.api.rate import Rate
from queries.api.services import Services
from queries.errors import QueryError
from queries.page.pulse import Pulse
from queries.page.render import HERE as PAGE
from queries.page.routes import error_page
from queries.page.routes import router as pages
from queries.sessions import Sessions

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def create_app(
    services: Services, hosts: Collection[str] = LOOPBACK, *, opens: bool = False
) -> FastAPI:
    """The application over `services`, answering to `hosts` ("*": any); where it `opens`, to
    everybody until a token was made."""
    jobs = Jobs(services.store, services.exports)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        jobs.close()

    app = Documented(
        title="Baton",
        version=version(),
        description="An exact, live Assignments report. Errors are RFC 9457 problem details.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        redirect_slashes=False,  # it would redirect to whatever host a caller names
        dependencies=[Depends(parameters.once)],
        lifespan=lifespan,
    )
    app.state.services = services
    app.state.jobs = jobs
    app.state.pulse = Pulse()
    app.state.sessions = sessions = Sessions(services.tokens)
    problems.install(app, _as_page, {**HEADERS, "Cache-Control": NOTHING_KEPT})
    for part in (reports, analyses, exports):
        app.include_router(part.router, dependencies=[Depends(parameters.known)])

    @app.exception_handler(NotModified)
    def _not_modified(request: Request, unchanged: NotModified) -> Response:
        return Response(status_code=304, headers=unchanged.headers)

    @app.get("/healthz", include_in_schema=False)
    def healthz() -> PlainTextResponse:
        return PlainTextResponse("ok")

    app.include_router(pages)
    app.mount("/static", StaticFiles(directory=PAGE / "static"))
    app.mount("/vendor", StaticFiles(directory=PAGE / "vendor", check_dir=False))
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    rate = Rate(services.requests_per_second)
    app.add_middleware(
        Gate, tokens=services.tokens, sessions=sessions, rate=rate, hosts=hosts, opens=opens,
        shown=_as_page,
    )  # fmt: skip
    app.add_middleware(Head)
    return app


def _as_page(request: Request, error: QueryError) -> Response | None:
    """A page for people; what the report's page asks for by itself it explains in its place."""
    wanted = opens_page(request.url.path, request.headers)
    return error_page(request, error) if wanted else None
