"""Exports that the server runs for the page and the API: at most a few, kept for an hour."""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from queries.errors import NotFound, TooManyRequests
from queries.export import Manifest, export, total
from queries.export_files import Format
from queries.freshness import Freshness
from queries.question import Question
from queries.store import Store

RUNNING_AT_MOST = 2
KEPT_FOR = 3600.0
State = Literal["running", "ready", "failed"]
_log = logging.getLogger(__name__)


@dataclass
class Job:
    """One export; its file is there when it is ready."""

    id: str
    workspace: str
    format: Format
    directory: Path
    total: int
    rows: int = 0
    state: State = "running"
    manifest: Manifest | None = None
    started: float = field(default_factory=time.monotonic)

    @property
    def file(self) -> Path:
        """The export itself."""
        return self.directory / f"assignments.{self.format}"


class Jobs:
    """Runs exports in threads; what earlier servers left behind is removed at the start."""

    def __init__(self, store: Store, directory: Path) -> None:
        self._store = store
        self._directory = directory
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        shutil.rmtree(directory, ignore_errors=True)

    def start(self, question: Question, fresh: Freshness, fmt: Format) -> Job:
        """Begin an export; raises TooManyRequests while others run."""
        with self._lock:
            self._forget_old()
            if sum(job.state == "running" for job in self._jobs.values()) >= RUNNING_AT_MOST:
                raise TooManyRequests(10)
            name = secrets.token_hex(16)
            directory = self._directory / name
            workspace = question.selection.workspace
            job = Job(name, workspace, fmt, directory, total(self._store, question))
            self._jobs[name] = job
        directory.mkdir(parents=True, mode=0o700)
        run = threading.Thread(target=self._run, args=(job, question, fresh), daemon=True)
        run.start()
        return job

    def find(self, name: str, allowed: str | None) -> Job:
        """The job of this id; raises NotFound, too where it is another workspace's."""
        with self._lock:
            self._forget_old()
            job = self._jobs.get(name)
        if job is None or allowed not in (None, job.workspace):
            raise NotFound("There is no such export; they are kept for an hour.")
        return job

    def _run(self, job: Job, question: Question, fresh: Freshness) -> None:
        def progress(rows: int) -> None:
            job.rows = rows

        try:
            job.manifest = export(self._store, question, fresh, job.format, job.file, progress)
            job.state = "ready"
        except Exception:
            _log.exception("export %s failed", job.id)
            job.state = "failed"

    def _forget_old(self) -> None:
        now = time.monotonic()
        for job in list(self._jobs.values()):
            if job.state != "running" and now - job.started > KEPT_FOR:
                del self._jobs[job.id]
                shutil.rmtree(job.directory, ignore_errors=True)
