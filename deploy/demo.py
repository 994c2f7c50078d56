"""`baton demo`: all of Baton on this machine, with a real sample and then a live feed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlencode

from deploy.borrowed import Borrowed
from deploy.local import environment, process, services, stack
from deploy.local.home import LOOPBACK, Home, StackError, free_port
from deploy.local.signals import undisturbed
from deploy.local.stack import Ports, Tell
from producers.installed import module
from producers.private import private

SAMPLE = {"workspace": "service-desk", "from": "2016-02-29", "to": "2017-02-04", "timezone": "UTC"}
RATE = 5.0
"""Events a second of the live feed."""
PATIENCE = 180
"""Seconds until the sample is in the report; a few are usual."""


def show(base: Home, ports: Ports, once: bool, tell: Tell) -> None:
    """Run the demo; with `once` it ends after the sample's report and removes what it made.

    Raises StackError.
    """
    with _running(base, ports, once, tell) as home:
        tell("\nA real sample: 5,998 rows of a service desk's incident log, 2016 and 2017")
        _send_sample()
        _wait_until_complete(home)
        _print_sample()
        if not once:
            tell(f"On the page: {page(home, SAMPLE)}")
            _show_live(home, tell)


def _show_live(home: Home, tell: Tell) -> None:
    from deploy import live

    tell("\nA made-up live feed goes in now. Ctrl-C stops everything.")
    services.start_simulation(home, RATE)
    with suppress(KeyboardInterrupt):
        live.watch(home)


@contextmanager
def _running(base: Home, ports: Ports, once: bool, tell: Tell) -> Iterator[Home]:
    """All of Baton in a directory of its own under `base`, stopped at the end.

    Ports that are taken are replaced by free ones. With `once` the directory is new, and removed
    at the end.
    """
    _forget_other_stack()
    home = _directory(base, once)
    os.environ["BATON_HOME"] = str(home.path)
    given = Borrowed.from_environment(f"baton_{home.path.name.replace('-', '_')}")
    for used in given.keep_apart():
        tell(f"Using {used}")
    free = Ports(*(free_port(port) for port in (ports.kafka, ports.clickhouse, ports.serve)))
    try:
        with home.held("demo"):
            yield from _up_and_down(home, free, tell)
    finally:
        if once:
            with undisturbed():
                shutil.rmtree(home.path, ignore_errors=True)
                with suppress(OSError):
                    base.path.rmdir()  # where nothing else lies in it
                given.remove()


def _up_and_down(home: Home, ports: Ports, tell: Tell) -> Iterator[Home]:
    stack.down(home, lambda _: None)
    try:
        stack.up(home, ports, tell, workers=1)
        yield home
    finally:
        tell("")
        stack.down(home, tell)


def _send_sample() -> None:
    """Send the sample; raises StackError if not all of it was sent."""
    sent = subprocess.run(module("baton", "send", "sample"))
    if sent.returncode:
        raise StackError("The sample was not sent; see above.")


def _wait_until_complete(home: Home) -> None:
    """Wait until every event that Kafka holds is in the report; raises StackError."""
    from queries.freshness import look
    from queries.pipeline import KafkaPipeline

    pipeline = KafkaPipeline.from_environment()
    deadline = time.monotonic() + PATIENCE
    while look(pipeline).status != "complete":
        if gone := process.ended(home):
            raise StackError(f"{gone[0]} has ended:\n  " + _end_of_log(home, gone[0]))
        if time.monotonic() > deadline:
            raise StackError(
                f"The sample did not reach the report in {PATIENCE} s. The end of the worker's log:"
                f"\n  {_end_of_log(home, 'worker-1')}"
            )
        time.sleep(0.1)


def _print_sample() -> None:
    """Print the report of the sample's span."""
    options = [text for name, value in SAMPLE.items() for text in (f"--{name}", value)]
    subprocess.run(module("baton", "report", *options), check=True)


def page(home: Home, question: dict[str, str]) -> str:
    """The page's address for a question."""
    serving = process.find(home, "serve")
    port = serving.ports["serve"] if serving else services.DEFAULT_SERVE_PORT
    return f"http://{LOOPBACK}:{port}/reports/assignments?{urlencode(question)}"


def _forget_other_stack() -> None:
    """The demo has servers of its own, or those the user has set; never those of `baton up`."""
    for name in (environment.KAFKA, environment.CLICKHOUSE):
        if environment.given(name) is None:
            os.environ.pop(name, None)


def _directory(base: Home, once: bool) -> Home:
    if not once:
        return Home(base.path / "demo")
    private(base.path)
    return Home(Path(tempfile.mkdtemp(prefix="demo-", dir=base.path)))


def _end_of_log(home: Home, name: str) -> str:
    return "\n  ".join(process.tail(home.log(name), 15))
