"""Exports that the server runs for the page and the API: a few at a time, kept for a while."""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from queries.api.shelf import Shelf
from queries.errors import UNFORESEEN, ExportsRunning, NotFound, QueryError
from queries.export import Manifest, export, total
from queries.export_files import Format
from queries.export_pair import NotWritten
from queries.freshness import Freshness
from queries.question import Question
from queries.store import Store

RUNNING_OF_A_WORKSPACE = 2
RUNNING_AT_MOST = 4
"""So that no workspace alone keeps the others waiting."""
RETRY_AFTER = 10
KEPT_FOR = 3600.0
KEPT_OF_A_WORKSPACE = 10
KEPT_BYTES = 10_000_000_000
"""Of a workspace; its newest export is kept, whatever its size."""
State = Literal["running", "ready", "failed"]
_log = logging.getLogger(__name__)


@dataclass
class Job:
    """One export: its file is there when it is ready, `reason` says why it failed."""

    id: str
    workspace: str
    format: Format
    total: int = 0
    rows: int = 0
    state: State = "running"
    file: Path | None = None
    manifest: Manifest | None = None
    reason: str | None = None
    ended: float = 0.0

    @property
    def bytes(self) -> int:
        """What it takes on the disk."""
        return self.manifest.bytes if self.manifest else 0

    def succeed(self, manifest: Manifest) -> None:
        """It is whole."""
        self.manifest, self.ended = manifest, time.monotonic()
        self.state = "ready"

    def fail(self, reason: str) -> None:
        """It is none; whatever there is of it goes."""
        self.reason, self.manifest, self.ended = reason, None, time.monotonic()
        self.state = "failed"
        self.remove()

    def remove(self) -> None:
        """Take it off the disk."""
        if self.file:
            shutil.rmtree(self.file.parent, ignore_errors=True)


class Jobs:
    """Runs exports in threads."""

    def __init__(self, store: Store, directory: Path) -> None:
        self._store = store
        self._shelf = Shelf(directory)
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._closed = False

    def start(self, question: Question, fresh: Freshness, fmt: Format) -> Job:
        """Begin an export; raises ExportsRunning while others run."""
        job = Job(secrets.token_hex(16), question.selection.workspace, fmt)
        self._admit(job)
        try:
            job.total = total(self._store, question)
            run = threading.Thread(target=self._run, args=(job, question, fresh), daemon=True)
            run.start()
        except BaseException:
            with self._lock:
                del self._jobs[job.id]
            raise
        return job

    def find(self, name: str, allowed: str | None) -> Job:
        """The job of this id; raises NotFound, too where it is another workspace's."""
        with self._lock:
            self._forget()
            job = self._jobs.get(name)
        if job is None or allowed not in (None, job.workspace):
            raise NotFound(
                "There is no such export: they are kept for an hour, "
                f"and no more than {KEPT_OF_A_WORKSPACE} of a workspace."
            )
        if job.state == "ready" and job.file and not job.file.exists():
            job.fail("Its file is gone from the server's disk. Start it again.")
        return job

    def close(self) -> None:
        """What is there goes; what runs fails."""
        self._closed = True
        self._shelf.close()

    def _admit(self, job: Job) -> None:
        with self._lock:
            self._forget()
            running = [other for other in self._jobs.values() if other.state == "running"]
            of_the_same = sum(other.workspace == job.workspace for other in running)
            if of_the_same >= RUNNING_OF_A_WORKSPACE or len(running) >= RUNNING_AT_MOST:
                raise ExportsRunning(RETRY_AFTER)
            self._jobs[job.id] = job

    def _run(self, job: Job, question: Question, fresh: Freshness) -> None:
        def progress(rows: int) -> None:
            job.rows = rows

        try:
            job.file = self._shelf.place(job.id) / f"assignments.{job.format}"
            job.succeed(export(self._store, question, fresh, job.format, job.file, progress))
        except Exception as error:
            if not self._closed:
                _log.exception("export %s failed", job.id)
            job.fail(reason(error))
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        for job in surplus(self._jobs.values(), time.monotonic()):
            del self._jobs[job.id]
            job.remove()


def surplus(jobs: Iterable[Job], now: float) -> list[Job]:
    """Those that ended and are kept no longer: the old, and of a workspace the oldest of many."""
    count, size, gone = Counter[str](), Counter[str](), []
    for job in sorted(jobs, key=lambda job: -job.ended):
        if job.state == "running":
            continue
        count[job.workspace] += 1
        size[job.workspace] += job.bytes
        too_many = count[job.workspace] > KEPT_OF_A_WORKSPACE
        too_large = size[job.workspace] > max(KEPT_BYTES, job.bytes)
        if too_many or too_large or now - job.ended > KEPT_FOR:
            gone.append(job)
    return gone


def reason(error: Exception) -> str:
    """Why an export failed, for whoever started it: without SQL, paths and addresses."""
    match error:
        case QueryError():
            return f"{error.title}. {error}"
        case NotWritten():
            return f"The server cannot write it: {error.reason}."
        case OSError(strerror=str(said)):
            return f"The server cannot write it: {said}."
        case _:
            return UNFORESEEN
