"""Putting the sink together from the environment, and running it as a process."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator, Sequence

from producers.kafka import Topics, client_config
from producers.terminal import log_to
from sink import resolve as resolving
from sink.checks import UnsafeTarget
from sink.clickhouse import ClickHouseUnusable, settings_from_url
from sink.consumer import Sink
from sink.goal import CaughtUp
from sink.group import Group
from sink.refusal import Refused
from sink.target import ClickHouseTarget
from sink.writer import Unavailable

STOPPED = (Refused, UnsafeTarget, ClickHouseUnusable, Unavailable)
"""What ends a sink with a message for people."""


def run(*, until_caught_up: bool) -> None:
    """Run until SIGTERM or SIGINT, or until caught up; raises one of STOPPED."""
    log_to(None)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    topics = Topics.from_environment()
    target = ClickHouseTarget(settings_from_url(), generation=topics.generation)
    group = Group(client_config(), topics)
    try:
        sink = Sink(group, target, eager=until_caught_up)
        sink.run(stop, CaughtUp(group) if until_caught_up else lambda: False)
    finally:
        group.close()
        target.close()
    logging.getLogger("baton.sink").info("stopped, %s rows written", f"{sink.progress.rows:,}")


def resolve(partitions: Sequence[int], offset: int, *, execute: bool) -> Iterator[str]:
    """The plan, line by line, and what came of it; raises one of STOPPED."""
    topics = Topics.from_environment()
    target = ClickHouseTarget(settings_from_url(), generation=topics.generation)
    group = Group(client_config(), topics)
    try:
        plan = resolving.resolutions(group, partitions, offset)
        yield from map(str, plan)
        if execute:
            resolving.execute(group, target, plan)
            yield "done"
        else:
            yield "nothing was changed: add --execute to do it"
    finally:
        group.close()
        target.close()
