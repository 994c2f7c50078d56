"""`baton status` says which partition stands still, and a worker that ended is started again."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
import pytest

from deploy.local import process, services, status
from deploy.local.home import Home, free_port
from producers.kafka import Topics
from stream.operator import pause_plan, resume_plan
from stream.settings import Settings
from tests.integration.derivation import Feed, assert_exact, read, wait_for

pytestmark = pytest.mark.server


def test_a_partition_that_stands_still_and_a_worker_that_dies(
    topics: Topics, tmp_path: Path
) -> None:
    feed = Feed(topics, contacts=1)
    feed.send(50, malformed=0)
    partition = read(topics.events)[0].partition()
    pause_plan(Settings.from_environment(), partition).execute()
    home = Home(tmp_path)
    services.start_worker(home, "worker-1", free_port())
    try:
        (problem,) = wait_for(lambda: status.standing_still(status.rows(home)), "it is said")
        assert problem == f"worker-1, partition {partition}: paused by `baton pause`"
        resume_plan(Settings.from_environment(), partition, flood=False, loss=False).execute()
        assert_exact(topics)
        assert not status.standing_still(status.rows(home))
        pause_plan(Settings.from_environment(), partition).execute()

        def heard() -> bool:
            feed.send(1, malformed=0)
            return bool(status.standing_still(status.rows(home)))

        wait_for(heard, "a pause in the middle is heard")
        resume_plan(Settings.from_environment(), partition, flood=False, loss=False).execute()
        (child,) = psutil.Process(process.find(home, "worker-1").pid).children()
        os.kill(child.pid, signal.SIGKILL)
        feed.send(50, malformed=0)
        assert_exact(topics)
    finally:
        running = process.find(home, "worker-1")
        process.stop(home, running)
    assert running.process() is None
