"""Routes of Data Export: start one, follow it, fetch the file and its manifest."""

from __future__ import annotations

import base64
import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from queries.api import files
from queries.api.files import FileAnswer, unless_known
from queries.api.jobs import Job, Jobs
from queries.api.problems import RESPONSES
from queries.api.services import Allowed, Served
from queries.errors import ExportFailed, NotFound
from queries.export import Manifest
from queries.export_files import Format
from queries.filters import Filters
from queries.question import ask

router = APIRouter(prefix="/api/v1/exports", tags=["export"], responses=RESPONSES)


class ExportQuestion(Filters):
    """Filters and format."""

    format: Format = Format.CSV


class ExportState(BaseModel):
    """How far an export has come."""

    id: str
    address: str = Field(description="Where to ask again; data and manifest lie below it.")
    state: Literal["running", "ready", "failed"]
    rows: int
    total: int = Field(description="As counted at the start.")
    reason: str | None = Field(description="Why it failed.")

    @classmethod
    def of(cls, job: Job) -> ExportState:
        """The state of a job."""
        return cls(
            id=job.id,
            address=f"/api/v1/exports/{job.id}",
            state=job.state,
            rows=job.rows,
            total=job.total,
            reason=job.reason,
        )


def _jobs(request: Request) -> Jobs:
    jobs: Jobs = request.app.state.jobs
    return jobs


@router.post("", summary="Start an export", status_code=202)
def start(
    filters: Annotated[ExportQuestion, Query()],
    request: Request,
    response: Response,
    served: Served,
    allowed: Allowed,
) -> ExportState:
    fresh = served.freshness(allowed)
    asked = ask(served.store, filters, served.clock(), allowed)
    state = ExportState.of(_jobs(request).start(asked, fresh, filters.format))
    response.headers["Location"] = state.address
    return state


@router.get("/{export_id}", summary="How far an export has come")
def follow(export_id: str, request: Request, allowed: Allowed) -> ExportState:
    return ExportState.of(_jobs(request).find(export_id, allowed))


@router.get("/{export_id}/manifest", summary="What an export holds", responses=files.TAGGED)
def manifest(export_id: str, request: Request, response: Response, allowed: Allowed) -> Manifest:
    said, _ = _ready(_jobs(request).find(export_id, allowed))
    etag = f'"{said.sha256}-manifest"'
    unless_known(request, etag)
    response.headers["ETag"] = etag
    return said


@router.get(
    "/{export_id}/data",
    summary="The export itself; an interrupted download can be resumed",
    response_class=FileResponse,
    responses=files.RESPONSES,
)
def data(export_id: str, request: Request, allowed: Allowed) -> FileResponse:
    job = _jobs(request).find(export_id, allowed)
    said, file = _ready(job)
    etag = f'"{said.sha256}"'
    unless_known(request, etag)
    digest = base64.b64encode(bytes.fromhex(said.sha256)).decode()
    return FileAnswer(
        file,
        media_type=job.format.media_type,
        stat_result=_there(file),
        filename=f"assignments-{job.workspace}-{_days(said)}.{job.format}",
        headers={
            "ETag": etag, "Repr-Digest": f"sha-256=:{digest}:", "Content-Encoding": "identity",
        },
    )  # fmt: skip


def _there(file: Path) -> os.stat_result:
    """Another request may just have cleared it away."""
    try:
        return file.stat()
    except FileNotFoundError:
        raise NotFound("This export is not kept any more.") from None


def _days(said: Manifest) -> str:
    """The local days that an export reaches over, for the name of its file."""
    last = max(said.start, said.end - timedelta(milliseconds=1))
    return f"{said.start:%Y-%m-%d}-to-{last:%Y-%m-%d}"


def _ready(job: Job) -> tuple[Manifest, Path]:
    if job.reason is not None:
        raise ExportFailed(job.reason)
    if job.manifest is None or job.file is None:
        raise NotFound("This export is not ready.")
    return job.manifest, job.file
